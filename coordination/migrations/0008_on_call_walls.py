"""Who may touch rotations and the history of being on call."""

from django.db import migrations

from referrals.migrations._walls import grant

# They belong to the directory, as shifts do: no fact of a patient, no address.
APP = {
    "coordination_rotation": "SELECT, INSERT, UPDATE",
    "coordination_rotationplace": "SELECT, INSERT",
    "coordination_oncallchange": "SELECT, INSERT",
}
# The engine writes the shifts of rotations ahead, and decides nothing about them.
ENGINE = {
    "coordination_rotation": "SELECT, UPDATE (written_until)",
    "coordination_rotationplace": "SELECT",
    "coordination_oncallshift": "INSERT",
}


class Migration(migrations.Migration):
    dependencies = [("coordination", "0007_rotations")]
    operations = [migrations.RunSQL(";\n".join([*grant(APP, to="app"), *grant(ENGINE, to="engine")]))]
