#!/usr/bin/env python
"""Runs a command of the project, as the database role that belongs to it."""

import os
import sys

from django.core.management import execute_from_command_line, load_command_class

from config import roles


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_ROLE", roles.of_command(sys.argv))
    if sys.argv[1:2] in (["up"], ["watchdog"]):
        # They live as long as the house, and need none of the applications in memory.
        load_command_class("config", sys.argv[1]).run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
