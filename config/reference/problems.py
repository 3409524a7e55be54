"""The page of the problems the API answers with, and how a client mends each."""

from collections.abc import Mapping

from config.reference.markdown import page, table
from referrals.api.errors import MEDIA_TYPE
from referrals.api.kinds import KINDS, Kind


def render(kinds: Mapping[str, Kind] = KINDS) -> str:
    """Return the page."""
    rows = [(f"`{name}`", str(k.status.value), k.title, k.mend) for name, k in kinds.items()]
    return page(
        "What the API refuses, and how to mend it",
        "`KINDS` in `referrals/api/kinds.py`",
        f"A refusal is `{MEDIA_TYPE}` (RFC 9457). Its `type` is `/api/v1/problems/` followed by "
        "the kind; that address explains it too. `trace_id` is the `X-Request-Id` of the request.",
        table(("kind", "status", "title", "how to mend it"), rows),
    )
