"""The lists: on which ones a referral stands, for each practice, wherever it is in its life."""

from datetime import timedelta

import pytest
from django.utils import timezone

from referrals.models import Practice, Referral
from referrals.models.worklists import CONDITIONS, URGENT_NOT_SAFE
from referrals.walls import ENGINE
from referrals.worklists import TITLES
from tests import factories as make
from tests.cast import behind_the_wall
from tests.coordination import stories as s
from tests.desk import people as p
from tests.flows.walking import WAYS, Story

# By status: the list of the sender, and of the receiver. ``None``: on none.
LISTS = {
    "sent": ("unanswered", "to_answer"),
    "received": ("unanswered", "to_answer"),
    "accepted": (None, "to_schedule"),
    "scheduled": (None, None),
    "no_show": (None, "to_rebook"),
    "visit_cancelled": (None, "to_schedule"),
    "seen": (None, "report_due"),
    "cancel_requested": (None, "to_confirm"),
    "awaiting_information": ("asked_of_us", "asked_by_us"),
    "reported": ("to_close", None),
    "declined": ("to_decide", None),
}


def on(office):
    """The lists on which anything of this office stands, with how much."""
    with behind_the_wall(office.actor):
        counts = Referral.objects.count_worklists(office.actor)
        for name, count in counts.items():
            assert Referral.objects.on_worklist(name, office.actor).count() == count, name
        seen = Referral.objects.visible_to(office.actor)
        assert seen.filter(URGENT_NOT_SAFE).count() == counts["urgent"]
    return {name: count for name, count in counts.items() if count}


def test_every_list_has_a_name_and_a_condition():
    assert list(TITLES) == list(CONDITIONS)
    assert set(LISTS) == set(WAYS)


@pytest.mark.parametrize("status", WAYS)
def test_a_referral_stands_on_the_list_of_whoever_has_to_move(cast, run_engine, status):
    Story(cast, cast.pain, cast.spine).walk(status)
    run_engine()
    ours, theirs = LISTS[status]
    assert on(cast.pain) == ({ours: 1} if ours else {})
    assert on(cast.spine) == ({theirs: 1} if theirs else {})
    assert on(cast.outsider) == on(cast.other_spine) == {}


def test_a_visit_whose_hour_is_over_is_to_be_reported(cast):
    story = Story(cast, cast.pain, cast.spine).walk("scheduled")
    hour = timezone.now() - timedelta(minutes=1)
    Referral.objects.filter(uuid=story.card()["id"]).update(due_at=hour)
    assert on(cast.spine) == {"report_due": 1}


def test_who_is_asked_finds_it_until_they_have_answered(cast, run_engine):
    referral = s.send(cast.pain, findings=make.STABLE_CLAUDICATION)
    run_engine()
    (ask,) = referral.asks.all()
    offices = {one.practice: one for one in (cast.spine, cast.other_spine)}
    asked = offices.pop(ask.practice)
    (other,) = offices.values()
    assert (on(asked), on(other)) == ({"to_answer": 1}, {})
    referral.asks.update(answer="declined", answered_at=timezone.now())
    assert on(asked) == {}


def test_what_no_practice_can_be_asked_to_take_is_the_senders_to_decide(cast, run_engine):
    Practice.objects.filter(specialty="spine").update(is_active=False)
    referral = s.send(cast.pain, findings=make.STABLE_CLAUDICATION)
    run_engine()
    assert s.again(referral).next_action == "find_receiver"
    assert on(cast.pain) == {"to_decide": 1}


def test_an_urgent_case_stands_on_the_urgent_list_alone(cast, run_engine):
    s.send(cast.pain)
    run_engine()
    assert on(cast.pain) == on(cast.spine) == {"urgent": 1}


def test_who_belongs_to_no_practice_has_no_list(cast):
    s.send(cast.pain)
    assert set(Referral.objects.count_worklists(ENGINE).values()) == {0}
    assert not Referral.objects.on_worklist("urgent", ENGINE).exists()


def test_a_list_shows_its_referrals_and_its_number_in_the_menu(cast, run_engine):
    sent = s.send(cast.pain, findings=make.STABLE_CLAUDICATION, receiver=cast.spine.practice)
    run_engine()
    nurse = p.at_the_desk(cast.spine.coordinator)
    answer = nurse.get(f"{p.LIST}?list=to_answer")
    assert sent.reference in p.text(answer)
    badges = {
        item["title"]: item["badge"]
        for part in answer.context["sidebar_navigation"]
        for item in part["items"]
        if item.get("badge")
    }
    assert badges == {"New to answer": 1}
    assert sent.reference not in p.text(nurse.get(f"{p.LIST}?list=to_schedule"))
