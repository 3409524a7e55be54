"""What an event tells of an act: who entered it for whom, and what it changed."""

from datetime import datetime

import pytest

from referrals import services
from referrals.clinical import Tier
from referrals.models import Event, Referral
from referrals.services import moves
from tests import factories as make
from tests.walls import routes

ACTS = {
    "seen by the sender": lambda cast, pk: services.acknowledge(pk, by=cast.pain.actor),
    "seen by the receiver": lambda cast, pk: services.acknowledge(pk, by=cast.spine.actor),
    "accepted": lambda cast, pk: services.accept(pk, by=cast.spine.actor),
    "passed": lambda cast, pk: services.pass_on(pk, by=cast.spine.actor, reason_code="IN_THEATRE"),
    "worse": lambda cast, pk: services.add_findings(
        pk, by=cast.pain.actor, findings=make.CAUDA_EQUINA, codes=[], stated_by_clinician=False
    ),
}


def told(referral):
    values = {name: getattr(referral, name) for name in moves._TOLD}
    return {
        name: Tier(value).name if name.endswith("tier") else value for name, value in values.items()
    }


def plain(pair):
    return [datetime.fromisoformat(one) if _is_instant(one) else one for one in pair]


def _is_instant(value):
    return isinstance(value, str) and value[:4].isdecimal()


@pytest.mark.parametrize("name", ACTS)
def test_an_event_tells_exactly_what_its_act_changed(cast, name):
    case = make.make_referral(
        cast.pain.practice, receiver=cast.spine.practice, findings=make.FOOT_DROP_TODAY
    )
    before = told(case)
    ACTS[name](cast, case.pk)
    after = told(Referral.objects.get(pk=case.pk))
    changed = Event.objects.filter(referral=case).latest("id").data["changed"]
    assert {one: plain(pair) for one, pair in changed.items()} == {
        one: [before[one], after[one]] for one in before if before[one] != after[one]
    }
    assert changed["version"] == [1, 2]


def test_a_decline_tells_who_moves_now(cast):
    case = make.make_referral(cast.pain.practice, receiver=cast.spine.practice, findings={})
    services.decline(case.pk, services.Reason("NO_CAPACITY"), by=cast.spine.actor, if_version=1)
    changed = Event.objects.filter(referral=case).latest("id").data["changed"]
    assert changed["status"] == ["sent", "declined"]
    assert changed["owner_side"] == ["receiver", "sender"]


def test_the_timeline_names_practices_and_not_their_rows(cast, client_of):
    case = routes.make_case(cast)
    client = client_of(cast.spine)
    here = f"/api/v1/referrals/{case.uuid}"
    name = f"{routes.HERE}/pass"
    client.send(f"{here}/pass", routes.valid_body(name, cast, cast.spine))
    last = client.get(f"{here}/timeline").json()["events"][-1]
    assert last["data"]["changed"]["receiver"] == [cast.spine.practice.name, None]
    assert "receiver_id" not in last["data"]["changed"]


def test_a_key_that_names_a_person_acts_on_their_behalf_and_both_are_kept(cast, client_of):
    case = routes.make_case(cast)
    here, key = f"/api/v1/referrals/{case.uuid}", f"{cast.spine.practice.short_name} (system)"
    name = f"{routes.HERE}/acknowledgement"
    client_of(cast.spine).send(f"{here}/acknowledgement", routes.valid_body(name, cast, cast.spine))
    event = Event.objects.filter(referral=case).latest("id")
    assert (event.actor_name, event.entered_by) == (str(cast.spine.clinician), key)
    last = client_of(cast.pain).get(f"{here}/timeline").json()["events"][-1]
    assert (last["by"], last["entered_by"]) == (str(cast.spine.clinician), key)


def test_a_key_that_names_nobody_and_a_person_who_acts_themselves_act_for_nobody(cast, client_of):
    client_of(cast.pain).send("/api/v1/referrals", {"to": {"specialty": "spine"}})
    event = Event.objects.latest("id")
    assert event.actor_name == f"{cast.pain.practice.short_name} (system)"
    services.acknowledge(event.referral_id, by=cast.pain.actor)
    assert set(Event.objects.values_list("entered_by", flat=True)) == {""}
