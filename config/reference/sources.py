"""Reads names out of the project's own source, for tables that the program does not keep."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from config.servers.places import PROJECT

# noun.participle: no other text in a service has this form.
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
_READERS = frozenset({"get", "flag", "number", "words", "_secret", "_address"})
_ENVIRONMENTS = frozenset({"ENV", "environ", "_secret", "_address"})
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")


def event_kinds(project: Path = PROJECT) -> dict[str, str]:
    """Return each kind of event that a service records, with the module that names it first."""
    found: dict[str, str] = {}
    for path in _files(project, ("referrals/services", "coordination/services")):
        for text in _texts(ast.parse(path.read_text())):
            if _EVENT.fullmatch(text):
                found.setdefault(text, str(path.relative_to(project)))
    return dict(sorted(found.items()))


def variables(project: Path = PROJECT) -> dict[str, str]:
    """Return each environment variable that our code asks for, with the module that asks first."""
    found: dict[str, str] = {}
    for path in _files(project, ("config",)):
        for name in _asked_for(ast.parse(path.read_text())):
            found.setdefault(name, str(path.relative_to(project)))
    return dict(sorted(found.items()))


def _files(project: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((project / folder).rglob("*.py"))


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _asked_for(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _is_environment(node.func):
            first = node.args[0]
            if isinstance(first, ast.Constant) and _VARIABLE.fullmatch(str(first.value)):
                yield str(first.value)


def _is_environment(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in _ENVIRONMENTS
    if not isinstance(called, ast.Attribute) or called.attr not in _READERS:
        return False
    owner = called.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in _ENVIRONMENTS
