"""The watchdog reads when a ladder came to its end, instead of inferring it from the messages."""

from django.db import migrations

from referrals.migrations._walls import grant


class Migration(migrations.Migration):
    dependencies = [("coordination", "0018_clocks")]
    operations = [
        migrations.RunSQL(
            ";\n".join(grant({"coordination_obligation": "SELECT (exhausted_at)"}, to="watch"))
        )
    ]
