"""Chooses by which provider of SMS and calls each try goes, and keeps which of them is failing.

With one provider there is nothing to choose, and nothing is asked or kept.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Coalesce

from coordination.channels.base import Receipt, Result
from coordination.channels.provider import PROVIDERS
from coordination.escalation import BY_PROVIDER, FIRST_PROVIDER, SECOND_PROVIDER
from coordination.models import Delivery, DeliveryAttempt, ProviderTrouble
from coordination.models.delivery import FIRST_OF_SIDE
from referrals import clock

# A provider that fails is tried with one message this often.
PROBE_EVERY = timedelta(seconds=30)
# What was taken and is not reported as arrived by then counts as slow: the next goes by the other.
REPORTED_WITHIN = timedelta(seconds=30)
_LOOK_BACK = timedelta(hours=1)
_NEVER = datetime.min.replace(tzinfo=UTC)

_Silence = Mapping[tuple[bytes, str], datetime]


def choose(due: Iterable[Delivery], at: datetime) -> dict[UUID, str]:
    """Return the provider for the next try of each SMS and call.

    Not the one that the last try failed at; else not one that is failing at present; else not the
    one that last left a message to this number unreported. A try that was never finished is
    repeated where it was, because its key is known there.
    """
    by_provider = [one for one in due if one.channel in BY_PROVIDER]
    if not by_provider or not PROVIDERS[SECOND_PROVIDER].is_set_up:
        return {one.pk: FIRST_PROVIDER for one in by_provider}
    last = _last_tries([one for one in by_provider if one.attempts])
    failing = dict(
        ProviderTrouble.objects.filter(failing_since__isnull=False).values_list(
            "provider", "probe_at"
        )
    )
    silent = _silent(by_provider, at)
    chosen = {one.pk: _best(one, last.get(one.pk), failing, silent) for one in by_provider}
    return chosen | _probes(by_provider, failing, at)


def choose_for_staff(attempt: int) -> str:
    """Return the provider for this try (1, 2, …) of what is about no referral: each in turn.

    It begins at one that is not failing, and proves nothing about either.
    """
    if not PROVIDERS[SECOND_PROVIDER].is_set_up:
        return FIRST_PROVIDER
    troubled = ProviderTrouble.objects.filter(failing_since__isnull=False)
    failing = set(troubled.values_list("provider", flat=True))
    in_turn = sorted(PROVIDERS, key=failing.__contains__)
    return in_turn[(attempt - 1) % len(in_turn)]


def note(provider: str, receipt: Receipt) -> None:
    """Keep that a provider failed, or that it works. What it says of one number is neither."""
    if not PROVIDERS[SECOND_PROVIDER].is_set_up:
        return
    if receipt.result is Result.SENT:
        known = ProviderTrouble.objects.filter(provider=provider, failing_since__isnull=False)
        known.update(failing_since=None)
    elif receipt.result is Result.RETRY:
        _note_failure(provider, clock.now())


def _note_failure(provider: str, at: datetime) -> None:
    probe_at = at + PROBE_EVERY
    known = ProviderTrouble.objects.filter(provider=provider)
    if not known.update(failing_since=Coalesce("failing_since", at), probe_at=probe_at):
        first = ProviderTrouble(provider=provider, failing_since=at, probe_at=probe_at)
        ProviderTrouble.objects.bulk_create([first], ignore_conflicts=True)


def _best(
    delivery: Delivery,
    last: tuple[str, bool] | None,
    failing: Mapping[str, datetime],
    silent: _Silence,
) -> str:
    if last and not last[1]:
        return last[0]
    number = bytes(delivery.contact_point.address_fingerprint or b"")
    # Of equals the first in the table.
    return min(
        PROVIDERS,
        key=lambda one: (
            last is not None and one == last[0],
            one in failing,
            silent.get((number, one), _NEVER),
        ),
    )


def _last_tries(tried: list[Delivery]) -> dict[UUID, tuple[str, bool]]:
    """Return the provider of each delivery's last try, and whether that try was finished."""
    log = DeliveryAttempt.objects.filter(delivery__in=tried).exclude(provider="").order_by("n")
    found = log.values_list("delivery", "provider", "finished_at") if tried else ()
    return {delivery: (provider, at is not None) for delivery, provider, at in found}


def _silent(asked: list[Delivery], at: datetime) -> _Silence:
    numbers = {bytes(one.contact_point.address_fingerprint or b"") for one in asked}
    unreported = Delivery.objects.filter(
        contact_point__address_fingerprint__in=numbers,
        state=Delivery.State.SENT,
        channel__in=BY_PROVIDER,
        sent_at__range=(at - _LOOK_BACK, at - REPORTED_WITHIN),
        attempt_log__outcome=Result.SENT,
    )
    by_number = unreported.values_list(
        "contact_point__address_fingerprint", "attempt_log__provider"
    )
    return {
        (bytes(number), provider): latest
        for number, provider, latest in by_number.annotate(Max("sent_at"))
    }


def _probes(
    asked: list[Delivery], failing: Mapping[str, datetime], at: datetime
) -> dict[UUID, str]:
    # The least urgent of those that wait for their first try, and never the first call to a side.
    fit = [one for one in asked if not one.attempts and one.priority > FIRST_OF_SIDE]
    if not fit or len(failing) == len(PROVIDERS):
        return {}
    for provider, probe_at in failing.items():
        due = ProviderTrouble.objects.filter(provider=provider, probe_at__lte=at)
        if probe_at <= at and due.update(probe_at=at + PROBE_EVERY):
            return {fit[-1].pk: provider}
    return {}
