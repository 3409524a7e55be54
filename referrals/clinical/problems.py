"""What is wrong with a submission, in a form every caller can show; it decides nothing."""

from dataclasses import dataclass

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: a JSON pointer into the submission, a stable code, and a sentence."""

    pointer: str
    code: str
    detail: str


def pointer(*steps: object) -> str:
    """Return a JSON pointer (RFC 6901), each step cut to 80 characters."""
    shown = (shorten(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "".join(f"/{step}" for step in shown)


def shorten(value: object) -> str:
    """Return `value` as printable text of at most 80 characters, whatever it holds."""
    try:
        words = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits, a nest without end
        words = f"this {type(value).__name__}"
    return words[:_SHOWN].encode("unicode_escape").decode("ascii")
