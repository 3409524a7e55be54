"""Prints what a house's database holds at this moment, for a fault test to judge."""

import json

import django
from django.db import connection

# It is run as a process of its own, whose settings are the house's.
django.setup()

from coordination.models import Alert, Delivery, Obligation  # noqa: E402
from referrals.models import Event, IdempotentRequest, Referral  # noqa: E402


def main() -> None:
    """Print the findings as JSON."""
    with connection.cursor() as cursor:
        cursor.execute("SET tandem.maintenance = 'on'")
    alerts = Alert.objects.values_list("referral__reference", flat=True)
    deliveries = Delivery.objects.order_by("created_at")
    print(
        json.dumps(
            {
                "referrals": list(Referral.objects.values_list("reference", flat=True)),
                "keys": IdempotentRequest.objects.count(),
                "alerts": list(alerts),
                "silent": Obligation.objects.filter(
                    state="running", next_due_at__isnull=True
                ).count(),
                "waiting": Event.objects.filter(relayed_at__isnull=True).count(),
                "unsealed": Event.objects.filter(sealed_at__isnull=True).count(),
                "deliveries": [
                    [str(one), state] for one, state in deliveries.values_list("uuid", "state")
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
