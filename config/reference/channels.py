"""The page of the channels: how a message leaves the house, and how patiently it is tried."""

from collections.abc import Mapping

from config.reference.markdown import duration, first_line, page, section, table
from coordination.channels.codes import CODES, PROVIDER_CODES
from coordination.channels.registry import CHANNELS, Retry, Row


def render(channels: Mapping[str, Row] = CHANNELS) -> str:
    """Return the page."""
    rows = [
        (
            f"`{name}`",
            first_line(type(row.channel)),
            *(_patience(retry) for retry in (row.urgent, row.notice, row.elective)),
        )
        for name, row in channels.items()
    ]
    return page(
        "How a message leaves the house",
        "`CHANNELS` in `coordination/channels/registry.py`",
        "The waits between tries; the last one repeats. Each is up to a fifth shorter, so that "
        "what failed together does not come back together. A message that was refused for good, "
        "or tried too often, is dead: the timeline says so. If there are two providers of SMS and "
        "calls, the next try goes by the other.",
        table(("channel", "how", "urgent call", "notice of an outcome", "elective"), rows),
        section(
            "What a failure code means",
            "The numbers are the provider's: `sms_` or `voice_` stands before them.",
            table(("code", "in words"), _codes()),
        ),
    )


def _codes() -> list[tuple[str, str]]:
    numbers = [(f"`…_{number}`", words) for number, words in PROVIDER_CODES.items()]
    return [*((f"`{code}`", words) for code, words in CODES.items()), *numbers]


def _patience(retry: Retry) -> str:
    waits = ", ".join(duration(wait) for wait in retry.waits)
    if retry.gives_up:
        return f"{waits}; at most {retry.tries} tries"
    return f"{waits}; until it is withdrawn, the next rung is pulled forward at try {retry.tries}"
