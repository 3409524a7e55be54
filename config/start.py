"""What the web server and the workers ask before they serve: is the database role safe?"""

import sys

from django.core.checks import Tags, run_checks


class StartRefused(SystemExit):
    """The process must not serve. It ends the process: a mere exception would be logged away."""


def refuse_unsafe_role() -> None:
    """Return only if the database role is held by row-level security.

    :raises StartRefused: if it is not.
    """
    faults = run_checks(tags=[Tags.database], databases=["default"])
    if not faults:
        return
    for fault in faults:
        print(f"{fault.id}: {fault.msg}\n  {fault.hint}", file=sys.stderr, flush=True)
    raise StartRefused(78)
