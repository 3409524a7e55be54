"""Which of the three database roles each command runs as. A table, read before Django starts."""

from collections.abc import Sequence

OWNER_COMMANDS = frozenset(
    {
        "dbshell",
        "demo_data",
        "flush",
        "lintmigrations",
        "makemigrations",
        "migrate",
        "pgtrigger",
        "showmigrations",
        "sqlmigrate",
        "squashmigrations",
    }
)
ENGINE_COMMANDS = frozenset({"dispatch", "escalation_preview", "verify_audit", "watchdog"})


def of_command(argv: Sequence[str]) -> str:
    """Return `owner`, `engine` or `app` for a `manage.py` command line."""
    command = argv[1] if len(argv) > 1 else ""
    if command in OWNER_COMMANDS:
        return "owner"
    return "engine" if command in ENGINE_COMMANDS else "app"
