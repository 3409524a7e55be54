"""The page of our own commands: what each does, its options, and its database role."""

from argparse import Action
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core.management import find_commands, load_command_class
from django.core.management.base import BaseCommand

from config import roles
from config.reference.markdown import page, quote, section, table
from config.servers.places import PROJECT


def render() -> str:
    """Return the page."""
    return page(
        "Our own commands",
        "the commands themselves (`python manage.py <command> --help`)",
        "Run them with `.venv/bin/python manage.py`. Django's own commands work too; those that "
        "change the schema run as the owner of the tables.",
        *(_command(name, command) for name, command in sorted(our_commands())),
    )


def our_commands() -> Iterator[tuple[str, BaseCommand]]:
    """Yield the name and the command of each command that our applications bring."""
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if folder.parent == PROJECT:
            for name in find_commands(str(folder / "management")):
                yield name, load_command_class(app.name, name)


def _command(name: str, command: BaseCommand) -> str:
    role = f"Database role: `{roles.of_command(['manage.py', name])}`."
    rows = [_option(action) for action in _own_options(name, command)]
    words = quote(command.help.splitlines())
    return section(
        f"`{name}`", words, role, table(("option", "what it does"), rows) if rows else ""
    )


def _own_options(name: str, command: BaseCommand) -> Iterator[Action]:
    usual = {action.dest for action in _actions("", BaseCommand())}
    yield from (action for action in _actions(name, command) if action.dest not in usual)


def _actions(name: str, command: BaseCommand) -> list[Action]:
    return list(command.create_parser("manage.py", name)._actions)


def _option(action: Action) -> tuple[str, str]:
    words = ", ".join(action.option_strings) or action.dest
    value = "" if action.nargs == 0 or not action.option_strings else f" {action.dest.upper()}"
    return f"`{words}{value}`", action.help or ""
