"""The rows of the synthetic data as lines of COPY, and each event sealed as the sealer does it.

A row is text from the start: a model an row would take ten times as long. Times are whole minutes
since 1970, in UTC, until they are written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from random import Random

from config.demo.data.case import Case
from config.demo.data.network import Office
from config.demo.data.written import NULL, as_json
from referrals.seal import GENESIS

_DAY_MINUTES = 1440
_EPOCH = date(1970, 1, 1)
_HOURS = [f"T{m // 60:02d}:{m % 60:02d}:00+00:00" for m in range(_DAY_MINUTES)]

# Every table that is filled, with its columns. Those with an "id" take it from their sequence.
TABLES: Mapping[str, str] = {
    "referrals_patient": (
        "id, uuid, practice_id, family_name, given_name, birth_date, sex, mrn, disputed_mrn, phone,"
        " payer, is_demo"
    ),
    "referrals_referral": (
        "id, uuid, reference, patient_id, sender_id, receiver_id, sought_specialty, reason_code,"
        " responsible_id, call_back, status, resumes_as, tier, possible_tier, within, route,"
        " assessed_with, owner_side, next_action, due_at, alert_open, pain_acknowledged_at,"
        " spine_acknowledged_at, plan_recorded_at, handed_over_at, safe_at, version, sent_at,"
        " raised_at, redirected_from_id, patient_whereabouts, patient_whereabouts_at"
    ),
    "referrals_ask": (
        "id, referral_id, practice_id, reason, asked_at, answer, answer_reason, answered_at"
    ),
    "referrals_assessment": (
        "id, referral_id, assessed_at, given_by, ruleset_version, ruleset_status, findings, codes,"
        " stated_by_clinician, tier, possible_tier, within, route, result"
    ),
    "referrals_redflag": (
        "id, patient_id, referral_id, assessment_id, rule_id, tier, raised_at, resolution,"
        " resolved_at, resolved_by_id, basis, basis_on"
    ),
    "referrals_note": "id, referral_id, kind, text, written_by, written_at",
    "referrals_visit": (
        "id, referral_id, practice_id, starts_at, place, external_id, status, reason_code,"
        " booked_by, booked_at, ended_at"
    ),
    "referrals_informationrequest": (
        "id, referral_id, practice_id, wanted, asked_by, asked_at, due_at, answer, answered_by,"
        " answered_at"
    ),
    "referrals_consultnote": (
        "id, referral_id, practice_id, kind, advice_only, seen_on, seen_by, imaging_reviewed,"
        " recommendation_code, refer_back_reason_code, red_flag_advice_given, items, written_by,"
        " written_at"
    ),
    "referrals_event": (
        "id, referral_id, kind, at, actor_kind, actor_name, entered_by, actor_practice_id,"
        " request_id, practices, data, urgent, relayed_at, attempts, retry_at, sealed_at"
    ),
    "referrals_eventseal": "id, practice_id, seq, event_id, prev_hash, hash",
    "coordination_plan": (
        "id, referral_id, practice_id, disposition, clinician, place, at, recorded_by, recorded_at"
    ),
    "coordination_alert": (
        "id, referral_id, tier, within, route, policy_snapshot, opened_at, opened_for, closed_at,"
        " closed_by, close_reason"
    ),
    "coordination_obligation": (
        "id, alert_id, referral_id, practice_id, kind, specialty, ladder, state, rung, round,"
        " opened_at, next_due_at, due_at, answered_at, answered_by, answered_via, outcome"
    ),
    "coordination_delivery": (
        "uuid, obligation_id, contact_point_id, channel, message, round, rung, priority, state,"
        " created_at, due_at, attempts, lease_token, sent_at, delivered_at, dead_at,"
        " provider_message_id, error_code"
    ),
    "coordination_deliveryattempt": (
        "id, delivery_id, n, worker, claimed_at, finished_at, outcome, code, provider"
    ),
}
SELF_NUMBERED = [table for table, columns in TABLES.items() if columns.startswith("id,")]


@dataclass(frozen=True)
class Who:
    """Who did something, as an event names them: in JSON as it is sealed, and in columns."""

    sealed: str
    columns: str

    @classmethod
    def of(cls, office: Office | None) -> "Who":
        """Name the clinician of a practice, or the engine."""
        kind, name, practice = "engine", "Tandem", None
        if office:
            kind, name, practice = "practice", office.clinician, office.pk
        shown = NULL if practice is None else practice
        facts = as_json({"actor_kind": kind, "actor_name": name, "actor_practice_id": practice})
        return cls(facts[1:-1], f"{kind}\t{name}\t\t{shown}")


class _Days(dict[int, str]):
    def __missing__(self, day: int) -> str:
        self[day] = (_EPOCH + timedelta(days=day)).isoformat()
        return self[day]


class Book:
    """The lines that are written and not loaded yet, by table, and the end of every chain."""

    def __init__(self, first: Mapping[str, int], offices: Iterable[Office], seed: int) -> None:
        self.lines: dict[str, list[str]] = {table: [] for table in TABLES}
        self.random = Random(seed)  # noqa: S311 - nothing here is secret
        self._numbers = {table: count(first[table]) for table in SELF_NUMBERED}
        self._who = {office.pk: Who.of(office) for office in offices} | {None: Who.of(None)}
        # By practice: the number, the hash and its digits of the last link.
        self._heads: dict[int, tuple[int, bytes, str]] = defaultdict(
            lambda: (0, GENESIS, GENESIS.hex())
        )
        self._days = _Days()

    def number(self, table: str) -> int:
        """Return the next id of a table."""
        return next(self._numbers[table])

    def time(self, minute: int) -> str:
        """Write an instant as PostgreSQL and Python both do."""
        return self._days[minute // _DAY_MINUTES] + _HOURS[minute % _DAY_MINUTES]

    def day(self, minute: int) -> str:
        """Write a day."""
        return self._days[minute // _DAY_MINUTES]

    def uuid(self) -> str:
        """Return an id that no other row has."""
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def write(self, table: str, line: str) -> int:
        """Write a row under the next id of its table, and return the id."""
        number = next(self._numbers[table])
        self.lines[table].append(f"{number}\t{line}\n")
        return number

    def event(self, kind: str, case: Case, at: str, by: Office | None, data: str = "{}") -> None:
        """Write one event that was relayed, and link it into the chain of each practice."""
        number, who = next(self._numbers["referrals_event"]), self._who[by.pk if by else None]
        everybody, urgent = ",".join(map(str, case.concerned)), case.template.is_urgent
        self.lines["referrals_event"].append(
            f"{number}\t{case.pk}\t{kind}\t{at}\t{who.columns}\t\t{{{everybody}}}\t{data}"
            f"\t{urgent}\t{at}\t0\t\\N\t{at}\n"
        )
        # As `json.dumps` writes it with its keys in order, which is what the sealer links.
        facts = (
            f'{who.sealed},"at":"{at}","data":{data},"entered_by":"","id":{number},'
            f'"kind":"{kind}","practices":[{everybody}],"referral_id":{case.pk},"request_id":"",'
            f'"urgent":{"true" if urgent else "false"}}}]'
        ).encode()
        for practice in case.concerned:
            self._link(practice, number, facts)

    def _link(self, practice: int, event: int, facts: bytes) -> None:
        seq, before, shown = self._heads[practice]
        seq += 1
        link = sha256(before + b"[%d,%d,{" % (practice, seq) + facts).digest()
        digits = link.hex()
        number = next(self._numbers["referrals_eventseal"])
        self.lines["referrals_eventseal"].append(
            f"{number}\t{practice}\t{seq}\t{event}\t\\\\x{shown}\t\\\\x{digits}\n"
        )
        self._heads[practice] = seq, link, digits
