"""Which of the four database roles each command runs as. A table, read before Django starts."""

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
ENGINE_COMMANDS = frozenset({"dispatch", "escalation_preview", "verify_audit"})
WATCH_COMMANDS = frozenset({"watchdog"})


def of_command(argv: Sequence[str]) -> str:
    """Return `owner`, `engine`, `watch` or `app` for a `manage.py` command line."""
    command = argv[1] if len(argv) > 1 else ""
    if command in OWNER_COMMANDS:
        return "owner"
    if command in WATCH_COMMANDS:
        return "watch"
    return "engine" if command in ENGINE_COMMANDS else "app"
