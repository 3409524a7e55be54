"""The OpenAPI document, as the running service serves it at `/api/v1/openapi.json`."""

from contextlib import redirect_stderr
from io import StringIO

from django.core.management import call_command


def render() -> str:
    """Return the document as YAML; it asks no database."""
    written = StringIO()
    # It tells of every address it had to name itself; nobody who writes these pages can act on it.
    with redirect_stderr(StringIO()):
        call_command("spectacular", stdout=written)
    return written.getvalue().rstrip() + "\n"
