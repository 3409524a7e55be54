"""The referral itself. It carries what lists sort by, and nothing that names the patient."""

import uuid
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from referrals.clinical import Tier
from referrals.models.ask import Ask
from referrals.models.law import (
    IS_TAKEN,
    IS_UNDECIDED,
    begins_by_being_sent,
    held_to_the_law,
    words_of,
)
from referrals.models.patient import Patient
from referrals.models.practice import Practice, Practitioner, Specialty
from referrals.models.worklists import CONDITIONS, SOMEBODY_MOVES, URGENT_TIERS, concerns
from referrals.walls import Actor
from referrals.workflow import (
    HELD,
    INVITED,
    LIVE,
    Side,
    Standing,
    Status,
    resumed_as,
)

TIERS = [(tier.value, tier.name) for tier in Tier]
# Where it stands when each specialty has seen it.
ACKNOWLEDGED_AT = {
    Specialty.PAIN.value: "pain_acknowledged_at",
    Specialty.SPINE.value: "spine_acknowledged_at",
}
# What is shown of a referral on the card of one that it is linked to.
SHOWN_OF_A_LINK = ("uuid", "reference", "status", "sent_at")
STATUSES = [(status.value, status.value) for status in Status]


class Within(models.TextChoices):
    """The two kinds of SAME_DAY: page day and night, or page from 07:00."""

    NOW = "now"
    DAY = "24h"


class OwnerSide(models.TextChoices):
    SENDER = "sender"
    RECEIVER = "receiver"
    COORDINATOR = "coordinator"


class Whereabouts(models.TextChoices):
    """What was last recorded of where the patient of an urgent case is; empty if nothing was."""

    ON_THE_WAY = "on_the_way"
    TO_THE_ED = "to_the_ed"
    THERE = "there"
    NOT_GOING = "not_going"


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, actor: Actor) -> Self:
        """Keep what the actor's practice sent, receives or was asked to take."""
        if actor.practice_id is None:
            # Without this a missing receiver would match an actor without a practice.
            return self.none()
        # One look into an index a row; "pk in" would first gather all that was ever asked.
        asked = Exists(Ask.objects.filter(practice=actor.practice_id, referral=OuterRef("pk")))
        return self.filter(
            Q(sender_id=actor.practice_id) | Q(receiver_id=actor.practice_id) | asked
        )

    def concerning(self, actor: Actor) -> Self:
        """Keep what :meth:`visible_to` keeps, for whoever lists it: found by indexes alone."""
        if actor.practice_id is None:
            return self.none()
        return self.filter(concerns(actor.practice_id))

    def on_worklist(self, name: str, actor: Actor) -> Self:
        """Keep what stands on this list of the actor's practice, see :mod:`referrals.worklists`."""
        if actor.practice_id is None:
            return self.none()
        return self.filter(SOMEBODY_MOVES, CONDITIONS[name](actor.practice_id))

    def count_worklists(self, actor: Actor) -> dict[str, int]:
        """Count every list of the actor's practice, in one query."""
        practice_id = actor.practice_id
        if practice_id is None:
            return dict.fromkeys(CONDITIONS, 0)
        counts = {
            name: Count("pk", filter=is_on(practice_id)) for name, is_on in CONDITIONS.items()
        }
        return self.filter(SOMEBODY_MOVES, concerns(practice_id)).aggregate(**counts)

    def most_urgent_first(self) -> Self:
        """Order as every list is worked through: by tier, by when it is due, by age."""
        return self.order_by("-tier", F("due_at").asc(nulls_last=True), "sent_at", "pk")

    def live_of(self, patient: Patient, sought_specialty: str) -> Self:
        """Keep the live ones of this patient to this specialty."""
        return self.filter(
            patient=patient, sought_specialty=sought_specialty, status__in=words_of(LIVE)
        )

    def linked_to(self, referral: "Referral") -> Self:
        """Keep what this referral answers, replaces or may repeat, and the other way round."""
        links = ("based_on", "possible_duplicate_of", "redirected_from")
        earlier = [pk for name in links if (pk := getattr(referral, f"{name}_id"))]
        later = [Q(**{name: referral}) for name in links]
        return self.filter(reduce(or_, later, Q(pk__in=earlier)))

    def found_by(self, word: str) -> Self:
        """Keep those whose patient's name begins so, or whose record number or reference it is."""
        begins = Q()
        for name in ("patient__family_name", "patient__given_name"):
            # Some family names have two words.
            begins |= Q(**{f"{name}__istartswith": word}) | Q(**{f"{name}__icontains": f" {word}"})
        reference = word if "-" in word else f"{word[:1]}-{word[1:]}"
        return self.filter(begins | Q(patient__mrn__iexact=word) | Q(reference__iexact=reference))

    def page_of(self, actor: Actor, *, before: int, size: int) -> Self:
        """Keep the newest ones that the actor may see, older than ``before`` unless that is 0.

        Each way to see a referral is asked by an index of its own, in the order of the page. With
        "or" between them PostgreSQL walks over everybody's referrals to find an office's few.
        """
        practice, everything = actor.practice_id, Referral.objects
        if practice is None:
            return self.none()
        older = Q(pk__lt=before) if before else Q()
        asked_older = Q(referral__lt=before) if before else Q()
        asked = Ask.objects.filter(asked_older, practice=practice).order_by("-referral")
        sent, received = (
            everything.filter(older, **{end: practice}).order_by("-pk").values("pk")[:size]
            for end in ("sender", "receiver")
        )
        ids = sent.union(received, asked.values("referral_id")[:size])
        newest = sorted((row["pk"] for row in ids), reverse=True)[:size]
        return self.visible_to(actor).filter(pk__in=newest).order_by("-pk")

    def locked(self) -> Self:
        """Lock the rows against every other act; referral comes first in the lock order.

        The sender comes along, unlocked: nearly every act asks for its time zone or its region.
        """
        return self.select_related("sender").select_for_update(no_key=True, of=("self",))


class Referral(models.Model):
    """One request of one practice to the other specialty (FHIR ServiceRequest and its Task).

    ``tier`` is the floor in force: it never falls by an assessment. ``possible_tier`` is the
    ceiling that the unanswered questions leave open.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=8, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    sender = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="sent")
    receiver = models.ForeignKey(
        Practice, on_delete=models.PROTECT, related_name="received", null=True, blank=True
    )
    sought_specialty = models.CharField(max_length=16, choices=Specialty)
    reason_code = models.CharField(max_length=48)
    responsible = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="The clinician who refers.",
    )
    call_back = models.CharField(max_length=20, blank=True, help_text="The sender's direct line.")
    status = models.CharField(max_length=20, choices=STATUSES)
    resumes_as = models.CharField(
        max_length=20,
        choices=STATUSES,
        blank=True,
        help_text="What it was before it waited for the other side; empty if it does not wait.",
    )
    tier = models.SmallIntegerField(choices=TIERS)
    possible_tier = models.SmallIntegerField(choices=TIERS)
    within = models.CharField(max_length=4, choices=Within, blank=True)
    route = models.CharField(max_length=40)
    assessed_with = models.CharField(max_length=40, help_text="Version of the rule set.")
    owner_side = models.CharField(max_length=12, choices=OwnerSide)
    next_action = models.CharField(max_length=40)
    due_at = models.DateTimeField(null=True)
    alert_open = models.BooleanField(default=False)
    pain_acknowledged_at = models.DateTimeField(null=True, blank=True)
    spine_acknowledged_at = models.DateTimeField(null=True, blank=True)
    plan_recorded_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    safe_at = models.DateTimeField(null=True, blank=True)
    patient_whereabouts = models.CharField(max_length=12, choices=Whereabouts, blank=True)
    patient_whereabouts_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField()
    raised_at = models.DateTimeField(
        null=True, blank=True, help_text="When red flags last rose; each rise is acknowledged anew."
    )

    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="replies",
        null=True,
        blank=True,
        db_index=False,
        help_text="The referral that this one answers in the other direction.",
    )
    possible_duplicate_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="possible_duplicates",
        null=True,
        blank=True,
        db_index=False,
        help_text="Another live one for this patient, to the same specialty, when it was sent.",
    )

    redirected_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="redirected_to",
        null=True,
        blank=True,
        db_index=False,
        help_text="The referral that was ended to send this one elsewhere.",
    )

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~IS_TAKEN | Q(receiver__isnull=False),
                name="referral_taken_has_receiver",
            ),
            models.CheckConstraint(
                condition=Q(status__in=words_of(HELD), resumes_as__gt="")
                | (~Q(status__in=words_of(HELD)) & Q(resumes_as="")),
                name="referral_that_waits_says_what_it_was",
            ),
            models.CheckConstraint(
                condition=Q(receiver__isnull=True) | ~Q(receiver=F("sender")),
                name="referral_goes_to_another_practice",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=words_of(LIVE))
                | (~Q(next_action="") & Q(due_at__isnull=False)),
                name="referral_live_has_next_action_and_due_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=words_of(LIVE))
                | ~Q(tier__in=URGENT_TIERS)
                | Q(safe_at__isnull=False),
                name="referral_that_is_pressing_does_not_end",
            ),
            models.CheckConstraint(
                condition=Q(possible_tier__gte=F("tier")), name="referral_ceiling_is_over_floor"
            ),
            models.CheckConstraint(
                condition=Q(safe_at__isnull=True)
                | Q(pain_acknowledged_at__isnull=False, plan_recorded_at__isnull=False)
                & (
                    (Q(spine_acknowledged_at__isnull=False) & ~IS_UNDECIDED)
                    | Q(handed_over_at__isnull=False)
                ),
                name="referral_safe_means_both_acknowledged_and_planned",
            ),
            models.CheckConstraint(
                condition=Q(patient_whereabouts="") | Q(patient_whereabouts_at__isnull=False),
                name="referral_whereabouts_have_their_time",
            ),
            models.UniqueConstraint(
                fields=["redirected_from"],
                condition=Q(redirected_from__isnull=False),
                name="referral_is_redirected_once",
            ),
        ]
        triggers = [held_to_the_law(), begins_by_being_sent()]
        indexes = [
            models.Index(fields=["sender", "-id"], name="referral_by_sender"),
            models.Index(fields=["receiver", "-id"], name="referral_by_receiver"),
            models.Index(
                fields=["-tier", "due_at"],
                name="referral_urgent_not_safe",
                condition=Q(tier__in=URGENT_TIERS, safe_at__isnull=True),
            ),
            # What waits for somebody is little beside what is over: the lists of either side.
            models.Index(
                fields=["sender", "-tier", "due_at"],
                name="referral_sender_worklists",
                condition=SOMEBODY_MOVES,
            ),
            models.Index(
                fields=["receiver", "-tier", "due_at"],
                name="referral_receiver_worklists",
                condition=SOMEBODY_MOVES,
            ),
            # Few are linked: the others cost nothing.
            models.Index(
                fields=["based_on"],
                name="referral_replies",
                condition=Q(based_on__isnull=False),
            ),
            models.Index(
                fields=["possible_duplicate_of"],
                name="referral_possible_duplicates",
                condition=Q(possible_duplicate_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_urgent(self) -> bool:
        return self.tier >= Tier.SAME_DAY

    @property
    def is_pressing(self) -> bool:
        """Whether people must answer now: its alert is open, or opens within the instant."""
        return self.is_urgent and self.safe_at is None

    @property
    def is_patient_under_way(self) -> bool:
        """Whether the patient was reached and is on the way, or there."""
        return self.patient_whereabouts not in ("", Whereabouts.NOT_GOING)

    def note_patient(self, whereabouts: str, at: datetime) -> None:
        """Set where the patient is known to be; empty for not known."""
        self.patient_whereabouts, self.patient_whereabouts_at = whereabouts, at

    @property
    def standing(self) -> Standing:
        """All that the law asks about it."""
        return Standing(
            Status(self.status),
            self.resumes_as,
            urgent=self.is_urgent,
            pressing=self.is_pressing,
            handed_over=self.handed_over_at is not None,
        )

    def move_to(self, target: Status) -> None:
        """Set the status; one that waits for the other side keeps what it was."""
        was = resumed_as(Status(self.resumes_as or self.status))
        self.resumes_as = was if target in HELD else ""
        self.status = target

    def practice_id_of(self, specialty: str) -> int | None:
        """Return the practice of that specialty, whichever end of the referral it is."""
        return self.receiver_id if self.sought_specialty == specialty else self.sender_id

    def acknowledged_at(self, specialty: str) -> datetime | None:
        """Return when this specialty acknowledged, if it has."""
        column = ACKNOWLEDGED_AT.get(specialty)
        return getattr(self, column) if column else None

    def side_of(self, actor: Actor) -> Side:
        """Say what the actor's practice is to this referral; an outsider is ``Side.NONE``."""
        if actor.practice_id is None:
            return Side.NONE
        if actor.practice_id == self.sender_id:
            return Side.SENDER
        if actor.practice_id == self.receiver_id:
            return Side.RECEIVER
        return self._asked_side(actor)

    def is_move_of(self, side: Side) -> bool:
        """Whether the next step is that side's to do."""
        if self.owner_side == OwnerSide.RECEIVER:
            return side in INVITED
        return side == Side(self.owner_side)

    def _asked_side(self, actor: Actor) -> Side:
        # A loop and no filter, so that a list that prefetched the asks costs no query a row.
        for ask in self.asks.all():
            if ask.practice_id == actor.practice_id:
                return self._side_of(ask)
        return Side.NONE

    def _side_of(self, ask: Ask) -> Side:
        if ask.practice.specialty == Specialty.COORDINATION:
            return Side.COORDINATOR
        # Who was asked and not chosen keeps sight, but answers for nobody any more.
        return Side.ASKED if ask.answer == "" and self.standing.is_undecided else Side.NONE
