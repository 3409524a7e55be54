"""What stands beside a referral at the desk: a lowering that waits, a possible duplicate, links."""

import pytest

from referrals.clinical import Tier
from referrals.models import Referral
from tests.desk import people as p
from tests.referrals.services import by_hand as by
from tests.referrals.services.by_hand import person
from tests.walls import routes


@pytest.fixture
def emergency(cast):
    return routes.make_case(cast)


@pytest.fixture
def surgeon(cast):
    return p.at_the_desk(cast.spine.clinician)


def link(referral):
    return f'href="{p.page_of(referral)}"'


def test_a_lowering_that_waits_is_said_with_whose_word_it_is(cast, emergency, surgeon):
    assert "Know this as well" not in p.text(surgeon.get(p.page_of(emergency)))
    by.propose(emergency, person(cast.pain), Tier.SAME_DAY)
    told = p.text(surgeon.get(p.page_of(emergency)))
    assert "A lower urgency is proposed: SAME DAY." in told
    assert "MRI of today" in told
    assert str(cast.pain.clinician) in told


def test_a_possible_duplicate_and_a_reply_are_one_step_away(cast, emergency, surgeon, client_of):
    other = client_of(cast.spine).send(
        "/api/v1/referrals", {"to": {"specialty": "pain"}, "based_on": str(emergency.uuid)}
    )
    reply = Referral.objects.get(uuid=other.json()["id"])
    Referral.objects.filter(pk=reply.pk).update(possible_duplicate_of=emergency)
    page = surgeon.get(p.page_of(reply)).content.decode()
    assert page.count(link(emergency)) == 2
    assert link(reply) in surgeon.get(p.page_of(emergency)).content.decode()
