"""The page of the reactions: which event leads to which act."""

from collections.abc import Mapping

from config.reference.markdown import first_line, page, table
from coordination.relay import REACTIONS, Reaction


def render(reactions: Mapping[str, tuple[Reaction, ...]] = REACTIONS) -> str:
    """Return the page."""
    rows = [
        (f"`{kind}`", f"`{act.__name__}`", first_line(act), f"`{_file(act)}`")
        for kind, acts in reactions.items()
        for act in acts
    ]
    return page(
        "Which event leads to which act",
        "`REACTIONS` in `coordination/relay.py`",
        "An event is handed to its acts once, in one transaction, the urgent ones first. If an act "
        "fails, all acts of that event are undone and tried again; the events behind it go on. "
        "An event that is not listed leads to nothing; it is still on the timeline.",
        table(("event", "act", "what it does", "where"), rows),
    )


def _file(act: Reaction) -> str:
    return act.__module__.replace(".", "/") + ".py"
