"""The kinds of problems this API answers: status, title, and how a client mends each."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its status, its short title, and how a client mends it."""

    status: HTTPStatus
    title: str
    mend: str


KINDS: Mapping[str, Kind] = {
    "invalid": Kind(
        HTTPStatus.BAD_REQUEST,
        "The request cannot be used as it is",
        "Change what each entry of 'errors' names: 'pointer' is a JSON pointer into your body, "
        "'header' a header, 'parameter' a part of the query. Then send again. Nothing was stored. "
        "If it is urgent, telephone the surgeon now, and send 'to' and 'findings' alone: nothing "
        "else is needed.",
    ),
    "unauthenticated": Kind(
        HTTPStatus.UNAUTHORIZED,
        "Who are you?",
        "Send 'Authorization: Bearer <API key>' with a key that is neither expired nor revoked.",
    ),
    "forbidden": Kind(
        HTTPStatus.FORBIDDEN,
        "This key may not do that",
        "Use a key with the scope named in 'detail', or ask Tandem's operator for one.",
    ),
    "not_found": Kind(
        HTTPStatus.NOT_FOUND,
        "There is nothing here for you",
        "Check the address. What belongs to other practices looks as if it did not exist.",
    ),
    "method_not_allowed": Kind(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "This address does not do that",
        "See /api/v1/docs for the methods of each address.",
    ),
    "not_acceptable": Kind(
        HTTPStatus.NOT_ACCEPTABLE, "Only JSON is served", "Send 'Accept: application/json'."
    ),
    "refused_now": Kind(
        HTTPStatus.CONFLICT,
        "Not possible now",
        "'actions' lists what is possible now; read the referral again before you decide. If there "
        "is something new and urgent about the patient, send a new referral and telephone.",
    ),
    "in_progress": Kind(
        HTTPStatus.CONFLICT,
        "The same request, or another act on this referral, is still being worked on",
        "Wait as long as Retry-After says and send the same request with the same key.",
    ),
    "already_resolved": Kind(
        HTTPStatus.CONFLICT,
        "This red flag was resolved before",
        "Read the referral: 'red_flags' says how it ended and who said so.",
    ),
    "already_recorded": Kind(
        HTTPStatus.CONFLICT,
        "Somebody recorded this before you",
        "'detail' says who and what. Read /coordination of the referral: it lists the calls that "
        "are still to be made.",
    ),
    "not_a_change": Kind(
        HTTPStatus.CONFLICT,
        "The urgency is there already",
        "'detail' says how urgent the referral is. A reason to raise goes with a higher tier, a "
        "reason to lower with a lower one.",
    ),
    "lowering_refused": Kind(
        HTTPStatus.CONFLICT,
        "The urgency cannot be lowered now",
        "'detail' says what has to happen first. Nothing was lowered.",
    ),
    "red_flag_open": Kind(
        HTTPStatus.CONFLICT,
        "A red flag of this patient is open",
        "'detail' names the red flags. A clinician records how each ended at "
        "/red-flags/{rule}/resolution, or the patient is handed over to an emergency department. "
        "Nothing was ended.",
    ),
    "something_missing": Kind(
        HTTPStatus.CONFLICT,
        "Something has to come first",
        "'detail' says what to do first or to send with it. Nothing was changed.",
    ),
    "stale": Kind(
        HTTPStatus.PRECONDITION_FAILED,
        "The referral has changed since you read it",
        "Read it again, decide again, and send If-Match with the new ETag.",
    ),
    "too_large": Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large", "Send at most 2 MiB."
    ),
    "unsupported_media_type": Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Only JSON is understood",
        "Send 'Content-Type: application/json' and UTF-8.",
    ),
    "key_reused": Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This Idempotency-Key belongs to another request",
        "Use a new key for a new request; repeat a request with exactly the same body.",
    ),
    "version_required": Kind(
        HTTPStatus.PRECONDITION_REQUIRED,
        "Say which version you decided on",
        "Send 'If-Match' with the ETag of the referral as you read it.",
    ),
    "unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer",
        "Send the same request with the same Idempotency-Key again. If it is urgent, telephone "
        "the surgeon now.",
    ),
    "internal": Kind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something failed on our side",
        "Send the same request with the same Idempotency-Key again, and tell us the trace_id. If "
        "it is urgent, telephone the surgeon now.",
    ),
}
