"""Who may import what, beyond the contracts that import-linter holds; and that it holds them."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.servers.places import PROJECT
from tests.architecture import sources

MAY_IMPORT_CELERY = {"config/celery.py", "coordination/tasks.py"}
PURE = re.compile(
    r"referrals/(workflow|calendars|deadlines)\.py|referrals/clinical/.*"
    r"|coordination/(routing|escalation|messages|answers)\.py"
)
UNCLEAN = {"django", "rest_framework", "celery", "kombu", "redis", "psycopg", "time", "random"}
NAMELESS = {"utils.py", "helpers.py", "common.py", "misc.py"}

# One import each that its contract must catch: the file, the line, the contract's words.
VIOLATIONS = {
    "an app imports the wiring": ("referrals/workflow.py", "import config.roles", "wires"),
    "referrals imports coordination": (
        "referrals/workflow.py",
        "import coordination.apps",
        "never the reverse",
    ),
    "a lower floor imports a higher one": (
        "referrals/models/__init__.py",
        "import referrals.services",
        "floors of referrals",
    ),
    "a file that nobody placed": ("referrals/stray.py", "", "floors of referrals"),
    "a pure module imports Django": (
        "referrals/workflow.py",
        "import django.db",
        "pure modules",
    ),
    "a service imports Celery": ("referrals/services/__init__.py", "import celery", "Celery"),
    "the supervisor imports an app": (
        "config/servers/house.py",
        "import referrals.apps",
        "supervisor",
    ),
}


def test_celery_stays_at_its_entrances() -> None:
    importers = {
        source.path
        for source in sources.of_project()
        for name, _ in source.imports()
        if name.split(".")[0] in {"celery", "kombu"}
    }
    assert importers <= MAY_IMPORT_CELERY


def test_rest_framework_stays_in_the_api() -> None:
    importers = [
        source.path
        for source in sources.of_project()
        for name, _ in source.imports()
        if name.split(".")[0] in {"rest_framework", "drf_spectacular"}
    ]
    allowed = re.compile(r"(referrals|coordination)/(api|fhir)/.*|config/urls\.py")
    assert [path for path in importers if not allowed.fullmatch(path)] == []


def test_pure_files_import_no_framework_and_no_clock() -> None:
    unclean = [
        f"{source.path}: {name}"
        for source in sources.of_project()
        if PURE.fullmatch(source.path)
        for name, _ in source.imports()
        if name.split(".")[0] in UNCLEAN
    ]
    assert unclean == []


def test_no_import_stands_inside_a_function() -> None:
    hidden = [
        f"{source.path}:{node.lineno}"
        for source in (*sources.of_project(), *sources.of_tests())
        for function in source.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    files = (*sources.of_project(), *sources.of_tests())
    assert [source.path for source in files if Path(source.path).name in NAMELESS] == []


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import importlinter.cli as cli; cli.lint_imports_command()"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for package in sources.PACKAGES:
        shutil.copytree(
            PROJECT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(PROJECT / "pyproject.toml", tree)
    return tree


def test_the_contracts_hold(copy: Path) -> None:
    verdict = lint(copy)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_contract_catches(copy: Path, name: str) -> None:
    path, line, contract = VIOLATIONS[name]
    file = copy / path
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        verdict = lint(copy)
    finally:
        file.unlink() if before is None else file.write_text(before)
    broken = [entry for entry in verdict.stdout.splitlines() if "BROKEN" in entry]
    assert verdict.returncode == 1
    assert any(contract in entry for entry in broken), verdict.stdout
