"""Each constraint of referrals is violated once by a raw row and refuses by its name."""

import uuid
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from referrals.models import (
    Amendment,
    ApiKey,
    Ask,
    Authenticator,
    ConsultNote,
    Event,
    EventSeal,
    IdempotentRequest,
    InformationRequest,
    Lowering,
    Patient,
    Practice,
    Practitioner,
    RedFlag,
    Visit,
)
from tests.walls import routes

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def case(cast):
    return routes.make_case(cast)


def again(row, **changes):
    """Insert a copy of a row with some columns changed."""
    copy = type(row).objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for name in {"uuid"} & {f.name for f in copy._meta.fields}:
        setattr(copy, name, uuid.uuid4())
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


def changed(row, **columns):
    assert type(row).objects.filter(pk=row.pk).update(**columns) == 1


def key(cast):
    return ApiKey.objects.get(practice=cast.pain.practice)


def flag(case):
    return RedFlag.objects.filter(referral=case).first()


def seals(cast, case):
    event, other = Event.objects.filter(referral=case).order_by("id")[:2]
    EventSeal.objects.create(
        practice=cast.pain.practice, seq=1, event=event, prev_hash=b"", hash=b""
    )
    return event, other


def seal(cast, event, seq):
    EventSeal.objects.create(
        practice=cast.pain.practice, seq=seq, event=event, prev_hash=b"", hash=b""
    )


def kept_key(cast, _case):
    for _ in range(2):
        IdempotentRequest.objects.create(
            practice=cast.pain.practice, key="k", route="", body_hash=b"", created_at=NOW
        )


def two_acceptances(cast, case):
    Ask.objects.create(
        referral=case, practice=cast.other_spine.practice, asked_at=NOW, answer="accepted",
        answered_at=NOW,
    )  # fmt: skip
    changed(case.asks.get(practice=cast.spine.practice), answer="accepted", answered_at=NOW)


def two_authenticators(_cast, _case):
    user = User.objects.create(username="nora")
    for _ in range(2):
        made = Authenticator(user=user, name="app", made_at=NOW)
        made.seed = b"DEMO"
        made.save()


def lowering(cast, case, **columns):
    return Lowering.objects.create(
        referral=case, assessment=case.assessments.get(), tier=1, reason_code="TREATED",
        basis="MRI", proposed_by=cast.pain.clinician, proposed_at=NOW, **columns,
    )  # fmt: skip


def amendment(case):
    return Amendment.objects.create(
        referral=case, version=1, before={}, amended_by="x", amended_at=NOW
    )


def visit(case, **columns):
    return Visit.objects.create(
        referral=case, practice=case.receiver, starts_at=NOW, booked_at=NOW, **columns
    )


VIOLATIONS = {
    "referral_has_one_lowering_waiting": lambda cast, case: [
        lowering(cast, case) for _ in range(2)
    ],
    "lowering_is_confirmed_by_a_second_person": lambda cast, case: lowering(
        cast, case, confirmed_by=cast.pain.clinician, confirmed_at=NOW
    ),
    "lowering_is_withdrawn_by_somebody": lambda cast, case: lowering(cast, case, withdrawn_at=NOW),
    "referral_that_waits_says_what_it_was": lambda cast, case: changed(case, resumes_as="accepted"),
    "referral_is_redirected_once": lambda cast, case: [
        again(case, reference=f"R-{number}", redirected_from=case) for number in range(2)
    ],
    "referral_has_one_booked_visit": lambda cast, case: [visit(case) for _ in range(2)],
    "visit_that_is_over_has_its_time": lambda cast, case: visit(case, status="fulfilled"),
    "information_answer_is_whole": lambda cast, case: InformationRequest.objects.create(
        referral=case,
        practice=cast.spine.practice,
        wanted="MRI",
        asked_by="x",
        asked_at=NOW,
        due_at=NOW,
        answered_at=NOW,
    ),
    "final_note_says_what_is_recommended_and_who_was_seen": lambda cast, case: (
        ConsultNote.objects.create(
            referral=case, practice=cast.spine.practice, kind="final", written_at=NOW
        )
    ),
    "version_is_amended_once": lambda cast, case: [amendment(case) for _ in range(2)],
    "account_has_one_authenticator": two_authenticators,
    "api_key_has_known_scopes": lambda cast, case: changed(key(cast), scopes=["everything"]),
    "api_key_expires": lambda cast, case: changed(key(cast), expires_at=key(cast).created_at),
    "practice_is_asked_once_per_referral": lambda cast, case: again(case.asks.get()),
    "referral_has_one_acceptance": two_acceptances,
    "ask_answer_has_its_time": lambda cast, case: changed(case.asks.get(), answer="passed"),
    "seal_has_its_place": lambda cast, case: seal(cast, seals(cast, case)[1], 1),
    "event_is_sealed_once": lambda cast, case: seal(cast, seals(cast, case)[0], 2),
    "idempotency_key_is_used_once": kept_key,
    "patient_has_one_mrn_in_a_practice": lambda cast, case: [
        Patient.objects.create(practice=cast.pain.practice, mrn="1") for _ in range(2)
    ],
    "practice_has_a_known_specialty": lambda cast, case: changed(
        cast.pain.practice, specialty="dentist"
    ),
    "practitioner_has_a_known_role": lambda cast, case: changed(cast.pain.clinician, role="pilot"),
    "clinician_has_credentials": lambda cast, case: changed(cast.pain.clinician, credentials=""),
    "npi_has_ten_digits": lambda cast, case: changed(cast.pain.clinician, npi="123"),
    "practitioner_is_named_once_in_a_practice": lambda cast, case: again(cast.pain.clinician),
    "red_flag_is_open_once_per_patient": lambda cast, case: again(flag(case)),
    "red_flag_resolution_is_whole": lambda cast, case: changed(flag(case), resolution="treated"),
    "referral_taken_has_receiver": lambda cast, case: changed(
        case, status="accepted", receiver=None
    ),
    "referral_goes_to_another_practice": lambda cast, case: changed(
        case, receiver=cast.pain.practice
    ),
    "referral_live_has_next_action_and_due_time": lambda cast, case: changed(case, due_at=None),
    "referral_that_is_pressing_does_not_end": lambda cast, case: changed(case, status="closed"),
    "referral_ceiling_is_over_floor": lambda cast, case: changed(case, possible_tier=1),
    "referral_whereabouts_have_their_time": lambda cast, case: changed(
        case, patient_whereabouts="to_the_ed"
    ),
    "referral_safe_means_both_acknowledged_and_planned": lambda cast, case: changed(
        case, safe_at=NOW
    ),
}


def constraints():
    return {
        constraint.name
        for model in apps.get_app_config("referrals").get_models()
        for constraint in model._meta.constraints
    }


def test_every_constraint_is_told_here():
    assert constraints() == set(VIOLATIONS)


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_what_must_not_be_is_refused_by_name(cast, case, name):
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        VIOLATIONS[name](cast, case)


@pytest.mark.parametrize(
    "half",
    [
        {"resolution": "treated", "resolved_at": NOW, "basis": "MRI"},
        {"resolution": "treated", "basis": "MRI"},
        {"resolved_at": NOW},
        {"basis": "MRI"},
        {"basis_on": NOW.date()},
    ],
)
def test_half_a_resolution_is_refused(cast, case, half):
    with pytest.raises(IntegrityError, match="red_flag_resolution_is_whole"), transaction.atomic():
        changed(flag(case), **half)


@pytest.mark.parametrize("missing", ["pain_acknowledged_at", "plan_recorded_at", "one of both"])
def test_nothing_is_safe_without_both_acknowledgements_and_a_plan(case, missing):
    whole = {
        "safe_at": NOW, "pain_acknowledged_at": NOW, "plan_recorded_at": NOW,
        "spine_acknowledged_at": NOW, "handed_over_at": None, "status": "accepted",
        "receiver": Practice.objects.get(pk=case.asks.get().practice_id),
    }  # fmt: skip
    changed(case, **whole)
    with pytest.raises(IntegrityError), transaction.atomic():
        changed(case, **whole | {"status": "received"})
    lacking = "spine_acknowledged_at" if missing == "one of both" else missing
    with pytest.raises(IntegrityError), transaction.atomic():
        changed(case, **whole | {lacking: None})


def test_times_and_names_fit_where_they_are_signed(cast):
    longest = Practitioner(name="n" * 80, credentials="c" * 38)
    for model, field in ((apps.get_model("referrals.Note"), "written_by"), (Event, "actor_name"),
                         (apps.get_model("referrals.Assessment"), "given_by")):  # fmt: skip
        assert len(str(longest)) <= model._meta.get_field(field).max_length
    assert Practitioner._meta.get_field("name").max_length == 80
    assert Practitioner._meta.get_field("credentials").max_length == 38


@pytest.mark.parametrize(
    "hours",
    [
        {"8": [["08:00", "17:00"]]}, {"1": [["17:00", "08:00"]]}, {"1": [["08:00", "08:00"]]},
        {"1": [["08:00"]]}, {"1": [["8", "x"]]}, {"1": "08:00"}, [], "x", {},
    ],
)  # fmt: skip
def test_impossible_working_hours_are_refused(db, hours):
    practice = Practice(
        name="x", short_name="x", specialty="pain", time_zone="UTC", region="x", hours=hours
    )
    with pytest.raises(ValidationError, match="hours"):
        practice.full_clean()
