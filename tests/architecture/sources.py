"""The source files of the project, parsed, for tests that read code."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.servers.places import PROJECT

PACKAGES = ("config", "coordination", "referrals")


@dataclass(frozen=True)
class Source:
    """One file: its path within the project, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_migration(self) -> bool:
        """Whether Django wrote it."""
        return "/migrations/" in self.path

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Yield each call of an attribute or a name, with what is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute):
                    yield node.func.attr, node
                elif isinstance(node.func, ast.Name):
                    yield node.func.id, node

    def imports(self) -> Iterator[tuple[str, ast.AST]]:
        """Yield the full name of each module imported, with the statement."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    yield name.name, node
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield each function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def parse(path: Path, root: Path = PROJECT) -> Source:
    """Return one file."""
    text = path.read_text()
    return Source(str(path.relative_to(root)), text, ast.parse(text))


@cache
def of_project() -> tuple[Source, ...]:
    """Return every file of our packages, migrations too."""
    return tuple(
        parse(path) for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))
    )


@cache
def of_tests() -> tuple[Source, ...]:
    """Return every file of the tests."""
    return tuple(parse(path) for path in sorted((PROJECT / "tests").rglob("*.py")))
