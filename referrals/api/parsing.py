"""Reads a request body as strict JSON: one meaning only, or a refusal that names the place."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError
from rest_framework.exceptions import (
    ErrorDetail,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from referrals.api.errors import TooLarge, escaped

DEEPEST = 12
LONGEST_STRING = 20_000
LONGEST_LIST = 1_000
LONGEST_NUMBER = 40
# Strings first, so that a bracket inside one is no bracket; always a match, so never quadratic.
_TOKENS = re.compile(r'"((?:[^"\\]|\\.?)*)"?|[\[\]{},:]', re.DOTALL)

Fault = tuple[str, str, str]


class StrictJSON(BaseParser):
    """Parses UTF-8 JSON without NaN, double keys, NUL, broken surrogates or endless nesting."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """Return the object of the body.

        :raises UnsupportedMediaType: if it is compressed, or in another charset than UTF-8.
        :raises ParseError: if it is not a JSON object.
        :raises ValidationError: if a value could mean two things or is out of all proportion.
        :raises TooLarge: if it is over DATA_UPLOAD_MAX_MEMORY_SIZE.
        """
        request = parser_context["request"]
        _refuse_other_encodings(request)
        # The raw body, because the idempotency of a request is decided on its bytes.
        data = _loaded(body_of(request))
        for pointer, code, detail in _faults(data, "", 0):
            raise ValidationError(_nest(pointer, ErrorDetail(detail, code)))
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.", code="wrong_type")
        return data


def body_of(request: Request) -> bytes:
    """Return the bytes of the body.

    :raises TooLarge: if there are more than DATA_UPLOAD_MAX_MEMORY_SIZE.
    :raises ParseError: if there are none, or the client stopped in the middle.
    """
    try:
        body = request._request.body
    except RequestDataTooBig as error:
        raise TooLarge from error
    except UnreadablePostError as error:
        raise ParseError("The body ended too early.", code="not_json") from error
    if not body:
        raise ParseError("The body is empty; send a JSON object.", code="not_json")
    return body


class _NoNumber:
    """Stands where a number stood that cannot be used, until its place is known."""

    def __init__(self, text: str) -> None:
        self.detail = f"{text[:LONGEST_NUMBER]} is not a number this API can read."


class _Doubled(dict[str, Any]):
    """An object that names a member twice, until its place is known."""


def _refuse_other_encodings(request: Request) -> None:
    charset = (request._request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"'").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(request.content_type)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(request.content_type)


def _loaded(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.", code="not_json") from error
    try:
        return json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_NoNumber,
            parse_int=_integer,
            parse_float=_real,
        )
    except RecursionError:
        detail = ErrorDetail(_too_deep_detail(), "too_deep")
        raise ValidationError(_nest(_place_of_depth(text), detail)) from None
    except ValueError as error:
        raise ParseError("The body is not valid JSON (RFC 8259).", code="not_json") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
    return _Doubled({twice: None})


def _integer(text: str) -> int | _NoNumber:
    return int(text) if len(text) <= LONGEST_NUMBER else _NoNumber(text)


def _real(text: str) -> float | _NoNumber:
    number = float(text)
    return number if math.isfinite(number) else _NoNumber(text)


def _nest(pointer: str, detail: ErrorDetail) -> Any:
    nested: Any = [detail]
    for step in reversed(pointer.split("/")[1:]):
        nested = {step.replace("~1", "/").replace("~0", "~"): nested}
    return nested


def _faults(value: Any, pointer: str, depth: int) -> Iterator[Fault]:
    if isinstance(value, str):
        yield from _text_faults(value, pointer)
    elif isinstance(value, _NoNumber):
        yield pointer, "not_a_number", value.detail
    elif isinstance(value, dict | list):
        if depth >= DEEPEST:
            yield pointer, "too_deep", _too_deep_detail()
        elif len(value) > LONGEST_LIST:
            yield pointer, "too_long", f"At most {LONGEST_LIST} entries."
        else:
            yield from _faults_within(value, pointer, depth + 1)


def _faults_within(value: dict[str, Any] | list[Any], pointer: str, depth: int) -> Iterator[Fault]:
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _faults(inner, f"{pointer}/{place}", depth)
        return
    for name, inner in value.items():
        here = f"{pointer}/{escaped(name)}"
        if isinstance(value, _Doubled):
            yield here, "duplicate", "This member is named twice. Name it once."
        yield from _text_faults(name, here)
        yield from _faults(inner, here, depth)


def _text_faults(text: str, pointer: str) -> Iterator[Fault]:
    if len(text) > LONGEST_STRING:
        yield pointer, "too_long", f"At most {LONGEST_STRING} characters."
    elif "\0" in text:
        yield pointer, "nul", "A NUL character cannot be stored. Remove it."
    elif any("\ud800" <= letter <= "\udfff" for letter in text):
        yield pointer, "surrogate", "Half a surrogate pair is not a character. Remove it."


def _too_deep_detail() -> str:
    return f"Nested deeper than {DEEPEST} levels."


def _place_of_depth(text: str) -> str:
    """Return the pointer to the first value that lies too deep, without recursion."""
    steps: list[str | int] = []
    last = ""
    for token in _TOKENS.finditer(text):
        mark = token.group()[0]
        if mark in "[{":
            if len(steps) == DEEPEST:
                break
            steps.append(0 if mark == "[" else "")
        elif mark == '"':
            last = token.group(1)
        elif mark == ":" and steps:
            steps[-1] = last
        elif mark == "," and steps and isinstance(steps[-1], int):
            steps[-1] += 1
        elif mark in "]}" and steps:
            steps.pop()
    return "".join(f"/{escaped(str(step))}" for step in steps)
