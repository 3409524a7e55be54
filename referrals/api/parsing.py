"""Reads a request body as strict JSON: one meaning only, or a refusal that names the place."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser

from referrals.api.errors import TooLarge

DEEPEST = 12
LONGEST_STRING = 20_000
LONGEST_LIST = 1_000


class StrictJSON(BaseParser):
    """Parses UTF-8 JSON without NaN, double keys, NUL, broken surrogates or endless nesting."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """Return the object of the body.

        :raises ParseError: if it is not JSON.
        :raises ValidationError: if a value could mean two things or is out of all proportion.
        :raises TooLarge: if it is over DATA_UPLOAD_MAX_MEMORY_SIZE.
        """
        try:
            # The raw body, because the idempotency of a request is decided on its bytes.
            text = parser_context["request"]._request.body.decode("utf-8")
            data = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
        except RequestDataTooBig as error:
            raise TooLarge from error
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError(f"The body is nested deeper than {DEEPEST} levels.") from error
        except ValueError as error:
            raise ParseError("The body is not valid JSON (RFC 8259).") from error
        _refuse_any(_faults(data, "", 0))
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("An object of the body names the same member twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not a JSON number.")


def _refuse_any(faults: Iterator[tuple[str, str, str]]) -> None:
    for pointer, code, detail in faults:
        raise ValidationError(_nest(pointer, ErrorDetail(detail, code)))


def _nest(pointer: str, detail: ErrorDetail) -> Any:
    nested: Any = [detail]
    for step in reversed(pointer.split("/")[1:]):
        nested = {step.replace("~1", "/").replace("~0", "~"): nested}
    return nested


def _faults(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, str, str]]:
    if depth > DEEPEST:
        yield pointer, "too_deep", f"Nested deeper than {DEEPEST} levels."
    elif isinstance(value, str):
        yield from _text_faults(value, pointer)
    elif isinstance(value, dict):
        for name, inner in value.items():
            here = f"{pointer}/{name[:80].replace('~', '~0').replace('/', '~1')}"
            yield from _text_faults(name, here)
            yield from _faults(inner, here, depth + 1)
    elif isinstance(value, list):
        if len(value) > LONGEST_LIST:
            yield pointer, "too_long", f"At most {LONGEST_LIST} entries."
        for place, inner in enumerate(value):
            yield from _faults(inner, f"{pointer}/{place}", depth + 1)


def _text_faults(text: str, pointer: str) -> Iterator[tuple[str, str, str]]:
    if len(text) > LONGEST_STRING:
        yield pointer, "too_long", f"At most {LONGEST_STRING} characters."
    elif "\0" in text:
        yield pointer, "nul", "A NUL character cannot be stored. Remove it."
    elif any("\ud800" <= letter <= "\udfff" for letter in text):
        yield pointer, "surrogate", "Half a surrogate pair is not a character. Remove it."
