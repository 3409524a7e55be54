"""How a value is written for COPY, and JSON as the sealer reads it."""

from json import JSONEncoder
from typing import Final

NULL: Final = r"\N"
as_json = JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def escaped(text: str) -> str:
    """Return a text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
