"""What stands on top of every page of the desk while something is wrong, or nobody looks."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from coordination.alarms import ALARMS, WATCHDOG, WATCHDOG_SILENT_AFTER
from coordination.models import Heartbeat
from referrals.clock import NOW

SILENT = (
    "Nobody watches over the calls: the watchdog has not looked for a minute or longer. Telephone "
    "the other side in every urgent case, and tell whoever runs Tandem here."
)


def alarms(request: HttpRequest) -> dict[str, object]:
    """Offer ``alarms`` to the templates. It is asked for only where it is shown."""
    return {"alarms": SimpleLazyObject(what_is_wrong)}


def what_is_wrong() -> list[str]:
    """Return what is red, in words for the people at the desk, each once."""
    looked = Heartbeat.objects.filter(component=WATCHDOG).since(
        timedelta(seconds=WATCHDOG_SILENT_AFTER), NOW
    )
    found = list(looked.values_list("alarms", flat=True))
    if not found:
        return [SILENT]
    red = {code for codes in found for code in codes}
    known = [alarm for code, alarm in ALARMS.items() if code in red]
    return list(dict.fromkeys(alarm.desk or alarm.words for alarm in known))
