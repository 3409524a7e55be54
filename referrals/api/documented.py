"""Says in the OpenAPI document what each address takes, answers and refuses."""

import re
from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import Serializer

from referrals.api.kinds import MEDIA_TYPE
from referrals.api.shapes import ProblemOut

Shape = type[Serializer[Any]]
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag as you read it. It may be left out while people must answer an urgent "
    "case; for one that is safe, and for an elective one, it is needed.",
)
IF_MATCH_TO_LOWER = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag as you read it. Needed to lower the urgency, however pressing it is.",
)
_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    description="8 to 128 visible characters, new for each act. A repetition of the same request "
    "gets the same answer and Idempotent-Replayed: true.",
)
_READ = ("400", "401", "403", "404", "406")
_ACT = (*_READ, "409", "412", "413", "415", "422", "428", "503")


def reading(summary: str, answer: Shape, *more: OpenApiParameter) -> Callable[..., Any]:
    """Document an address that is read."""
    return extend_schema(
        operation_id=_id(summary),
        summary=summary,
        request=None,
        responses=_answers(200, answer, _READ),
        parameters=[*more],
    )


def acting(
    summary: str, takes: Shape, answer: Shape, *more: OpenApiParameter, status: int = 200
) -> Callable[..., Any]:
    """Document an act: a POST or PATCH with its Idempotency-Key."""
    return extend_schema(
        operation_id=_id(summary),
        summary=summary,
        request=takes,
        responses=_answers(status, answer, _ACT),
        parameters=[_KEY, *more],
    )


def page_parameters(
    largest: int, where: str = "before", words: str = "As 'next' of a page says."
) -> tuple[OpenApiParameter, ...]:
    """Document ``limit`` of a list, and ``where`` its page begins."""
    return (
        OpenApiParameter("limit", OpenApiTypes.INT, description=f"1 to {largest}, usually 25."),
        OpenApiParameter(where, OpenApiTypes.INT, description=words),
    )


def _answers(status: int, answer: Shape, refusals: tuple[str, ...]) -> dict[Any, Any]:
    problems = {(refusal, MEDIA_TYPE): ProblemOut for refusal in refusals}
    return {status: answer, **problems}


def _id(summary: str) -> str:
    return "_".join(re.findall(r"[a-z]+", summary.lower()))
