"""Where a rule comes from: the cited sources; it judges none of them."""

from dataclasses import dataclass

from referrals.clinical import document


@dataclass(frozen=True, slots=True)
class Source:
    """A cited source; `seen` is False where a fact was written from memory, not yet verified."""

    id: str
    title: str
    url: str | None
    seen: bool


def read_sources(raw: object) -> dict[str, Source]:
    """Read the `sources` section.

    :raises RuleSetError: if a source says neither or both of seen (s) and from memory (m).
    """
    return {
        name: _source(name, entry) for name, entry in document.open_mapping(raw, "sources").items()
    }


def _source(name: str, raw: object) -> Source:
    place = f"sources.{name}"
    entry = document.mapping(raw, place, ("t",), ("s", "m", "url"))
    if ("s" in entry) == ("m" in entry):
        document.refuse(place, "says either s (seen) or m (from memory)")
    for mark in entry.keys() & {"s", "m"}:
        if entry[mark] is not True:
            document.refuse(f"{place}.{mark}", "can only be true")
    url = document.text(entry["url"], f"{place}.url") if "url" in entry else None
    return Source(name, document.text(entry["t"], f"{place}.t"), url, "s" in entry)
