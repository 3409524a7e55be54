"""Wrong passwords are forgotten after a while: the app's role keeps the table that says when."""

from django.db import migrations

from referrals.migrations._walls import grant

ALL = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0006_safe_means_accepted"),
        ("axes", "0010_accessattemptexpiration"),
    ]
    operations = [
        migrations.RunSQL(";\n".join(grant({"axes_accessattemptexpiration": ALL}, to="app")))
    ]
