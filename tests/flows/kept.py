"""What must always hold of alerts, obligations and messages, asked of the database itself.

The numbers are those of docs/safety/invariants.md. What a constraint holds is not asked again.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from coordination.escalation import CALLED, Kind, has_to_take_or_plan
from coordination.messages import NOTICES
from coordination.models import Alert, ContactPoint, Delivery, DeliveryAttempt, Obligation
from coordination.services.owing import is_in_hand
from referrals import audit, clock
from referrals.clinical import Tier
from referrals.models import EventSeal, RedFlag, Referral
from referrals.models.referral import Whereabouts
from referrals.workflow import LIVE

# A ladder may start later than it is opened: in the morning, and the surgeon's an hour after that.
STARTS_LATER = timedelta(hours=11)
ENDS = (Delivery.State.DELIVERED, Delivery.State.DEAD, Delivery.State.CANCELLED)
CALLS = ~Q(message__in=NOTICES)
OUTCOMES = ("safe", "lowered")
ARRIVED = (Delivery.State.SENT, Delivery.State.DELIVERED)


class Kept:
    """Everything that was seen once and may not be otherwise since."""

    def __init__(self) -> None:
        self.steps: dict[int, tuple[int, int]] = {}
        self.ended: dict[object, tuple[str, int]] = {}
        self.closed: dict[int, datetime | None] = {}
        self.tiers: dict[int, tuple[int, int]] = {}

    def look(self) -> None:
        """Ask everything again."""
        self.nothing_goes_back()
        whoever_is_owed_an_answer_is_rung_again()
        what_is_sent_was_taken()
        nothing_is_written_or_waits_after_an_answer()
        every_claim_is_an_attempt_on_record()
        what_was_withdrawn_was_not_sent()
        whoever_took_a_patient_was_asked()

    def nothing_goes_back(self) -> None:
        """Compare with what was seen before."""
        self.no_ladder_goes_back()
        self.what_ended_stays_so()
        self.urgency_falls_only_by_two_people()

    def no_ladder_goes_back(self) -> None:
        """S8."""
        for pk, *step in Obligation.objects.values_list("pk", "round", "rung"):
            assert tuple(step) >= self.steps.get(pk, (0, 0)), f"obligation {pk} went back"
            self.steps[pk] = (step[0], step[1])

    def what_ended_stays_so(self) -> None:
        """S16, and S18: what was withdrawn is not claimed again."""
        now = {
            uuid: (state, attempts)
            for uuid, state, attempts in Delivery.objects.filter(state__in=ENDS).values_list(
                "pk", "state", "attempts"
            )
        }
        assert {uuid: now.get(uuid) for uuid in self.ended} == self.ended
        closed = Alert.objects.filter(closed_at__isnull=False)
        alerts = dict(closed.values_list("pk", "closed_at"))
        assert {pk: alerts.get(pk) for pk in self.closed} == self.closed
        self.ended, self.closed = now, alerts

    def urgency_falls_only_by_two_people(self) -> None:
        """S12."""
        confirmed = Count("lowerings", filter=Q(lowerings__confirmed_at__isnull=False))
        for pk, tier, lowered in Referral.objects.annotate(n=confirmed).values_list(
            "pk", "tier", "n"
        ):
            tier_before, lowered_before = self.tiers.get(pk, (tier, lowered))
            assert tier >= tier_before or lowered > lowered_before, f"referral {pk} fell"
            self.tiers[pk] = (tier, lowered)


def whoever_is_owed_an_answer_is_rung_again() -> None:
    """S2: no later than after the longest wait of its ladder."""
    now = clock.now()
    for owed in Obligation.objects.running():
        assert owed.next_due_at <= now + _longest_wait(owed), f"obligation {owed.pk} waits too long"


def what_was_seen_and_led_to_nothing_lapses() -> None:
    """L4: by its own timer, unless somebody has the patient. Asked once the engine has run."""
    seen = Obligation.objects.filter(
        kind=Kind.ACKNOWLEDGE, state=Obligation.State.ANSWERED, alert__closed_at=None
    )
    for owed in seen.exclude(alert=None).select_related("referral"):
        must = has_to_take_or_plan(owed.specialty, owed.referral.sought_specialty)
        lapses = must and not is_in_hand(owed.referral)
        assert (owed.lapses_at is not None) == lapses, f"obligation {owed.pk} is seen for ever"


def whoever_was_sent_is_asked_after() -> None:
    """Who was sent to an emergency department, or does not go. Asked once the engine has run."""
    asked = {Whereabouts.TO_THE_ED: Kind.ARRIVAL, Whereabouts.NOT_GOING: Kind.PHYSICIAN}
    live = Referral.objects.filter(tier__gte=Tier.SAME_DAY, status__in=list(LIVE))
    for case in live.filter(patient_whereabouts__in=list(asked)):
        is_gone = case.patient_whereabouts == Whereabouts.NOT_GOING
        if is_gone and not RedFlag.objects.unresolved(case.patient_id).exists():
            continue
        kind = asked[Whereabouts(case.patient_whereabouts)]
        rings = case.obligations.running().filter(kind=kind)
        assert rings.exists(), f"the patient of {case.pk} is asked after by nobody"


def _longest_wait(owed: Obligation) -> timedelta:
    after = [step["after"] for step in owed.ladder["steps"]]
    gaps = [later - earlier for earlier, later in pairwise([0, *after])]
    wait = timedelta(seconds=max(*gaps, owed.ladder["repeat_every"]))
    return wait + STARTS_LATER if owed.rung == 0 else wait


def what_is_sent_was_taken() -> None:
    """S3."""
    taken = DeliveryAttempt.objects.filter(delivery=OuterRef("pk"), outcome="sent")
    assert not Delivery.objects.filter(~Exists(taken), state__in=ARRIVED).exists()


def nothing_is_written_or_waits_after_an_answer() -> None:
    """S5. Of what is met or closed, no call is written later and none waits to be sent."""
    calls = Delivery.objects.filter(CALLS).exclude(obligation__state=Obligation.State.RUNNING)
    assert not calls.filter(created_at__gt=F("obligation__answered_at")).exists()
    assert not calls.open().exists()


def every_claim_is_an_attempt_on_record() -> None:
    """S11."""
    counted = Delivery.objects.annotate(on_record=Count("attempt_log"))
    assert not counted.exclude(on_record=F("attempts")).exists()


def everybody_told_hears_of_the_end() -> None:
    """S9: sent, given up or waiting to be sent. Asked once the engine has run."""
    for alert in Alert.objects.filter(closed_at__isnull=False):
        messages = Delivery.objects.filter(obligation__referral=alert.referral_id)
        calls = messages.filter(CALLS, obligation__alert=alert, attempts__gte=1)
        tried = calls.exclude(state=Delivery.State.DEAD).exclude(channel__in=CALLED)
        ends = messages.filter(message__in=OUTCOMES, created_at__gte=alert.closed_at)
        assert _people(tried) <= _people(ends), f"alert {alert.pk} ended and somebody waits on"


def _people(messages: QuerySet[Delivery]) -> set[tuple[int, int | None]]:
    usable = messages.filter(contact_point__in=ContactPoint.objects.usable())
    return set(
        usable.values_list("contact_point__practice", "contact_point__practitioner").distinct()
    )


def what_was_withdrawn_was_not_sent() -> None:
    """S18. A call that stands on our own list counts as sent, and is taken off it again."""
    withdrawn = Delivery.objects.filter(state=Delivery.State.CANCELLED).exclude(channel__in=CALLED)
    assert not withdrawn.exclude(sent_at=None, lease_token=None).exists()


def whoever_took_a_patient_was_asked() -> None:
    """S19."""
    for case in Referral.objects.filter(receiver__isnull=False):
        if case.standing.is_taken:
            assert case.asks.filter(practice=case.receiver_id).exists()


def every_chain_is_whole() -> None:
    """S10, S20: no gap, and each link is what was sealed."""
    practices = set(EventSeal.objects.values_list("practice", flat=True))
    assert practices, "nothing was sealed"
    for practice, chain in audit.verify(practices, kept={}, tick=lambda links: None):
        assert chain.broken is None, (practice, chain.broken)
