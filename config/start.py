"""What the web server and the workers ask before they serve: is the database safe to serve from?"""

import sys

from django.core.checks import Tags, run_checks


class StartRefused(SystemExit):
    """The process must not serve. It ends the process: a mere exception would be logged away."""


def refuse_unsafe_role() -> None:
    """Return only if row-level security holds the database role, and the tables are those we know.

    :raises StartRefused: if not.
    """
    faults = run_checks(tags=[Tags.database], databases=["default"])
    if not faults:
        return
    for fault in faults:
        print(f"{fault.id}: {fault.msg}\n  {fault.hint}", file=sys.stderr, flush=True)
    raise StartRefused(78)
