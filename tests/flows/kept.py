"""What must always hold of alerts, obligations and messages, asked of the database itself.

The numbers are those of docs/safety/invariants.md. What a constraint holds is not asked again.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Exists, F, OuterRef, Q

from coordination.escalation import CALLED
from coordination.messages import NOTICES
from coordination.models import Alert, Delivery, DeliveryAttempt, Obligation
from referrals import audit, clock
from referrals.models import EventSeal, Referral

# A ladder may start later than it is opened: in the morning, and the surgeon's an hour after that.
STARTS_LATER = timedelta(hours=11)
ENDS = (Delivery.State.DELIVERED, Delivery.State.DEAD, Delivery.State.CANCELLED)
CALLS = ~Q(message__in=NOTICES)
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
        # A call that died is still on somebody's list, and is withdrawn when nobody needs it.
        now = {
            uuid: (state, attempts)
            for uuid, state, attempts in Delivery.objects.filter(state__in=ENDS)
            .exclude(channel__in=CALLED)
            .values_list("pk", "state", "attempts")
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
