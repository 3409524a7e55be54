"""Row-level security and rights of the three roles on the tables of ``coordination``."""

from django.db import migrations

from referrals.migrations._walls import definer_reads, grant, role, wall

VISIBLE_REFERRAL = "EXISTS (SELECT 1 FROM referrals_referral r WHERE r.id = referral_id)"
VISIBLE_OBLIGATION = (
    "EXISTS (SELECT 1 FROM coordination_obligation o WHERE o.id = obligation_id)"
)

# A link speaks before any practice is known; it learns only for whom it speaks.
FIND_LINK = """
    CREATE FUNCTION tandem_find_link(hash bytea) RETURNS TABLE (token bigint, practice bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS 'SELECT t.id, c.practice_id FROM coordination_acktoken t
        JOIN coordination_contactpoint c ON c.uuid = t.contact_point_id
        LEFT JOIN referrals_practitioner p ON p.id = c.practitioner_id
        WHERE t.secret_hash = $1 AND c.is_active AND coalesce(p.is_active, true)'
"""

WALLS = [
    *wall("coordination_alert", visible=VISIBLE_REFERRAL),
    *wall("coordination_obligation", visible=VISIBLE_REFERRAL),
    *wall("coordination_plan", visible=VISIBLE_REFERRAL),
    *wall("coordination_delivery", visible=VISIBLE_OBLIGATION),
    *wall("coordination_acktoken", visible=VISIBLE_OBLIGATION),
    definer_reads("coordination_acktoken"),
    *wall(
        "coordination_deliveryattempt",
        visible="EXISTS (SELECT 1 FROM coordination_delivery d WHERE d.uuid = delivery_id)",
    ),
]

APP = {
    "coordination_contactpoint": "SELECT, INSERT, UPDATE",
    "coordination_oncallshift": "SELECT, INSERT, UPDATE",
    "coordination_alert": "SELECT, UPDATE",
    "coordination_obligation": "SELECT, UPDATE",
    "coordination_plan": "SELECT, INSERT",
    "coordination_delivery": "SELECT, UPDATE",
    "coordination_deliveryattempt": "SELECT",
    "coordination_acktoken": "SELECT",
}
ENGINE = {
    "coordination_contactpoint": "SELECT",
    "coordination_oncallshift": "SELECT",
    "coordination_alert": "SELECT, INSERT, UPDATE",
    "coordination_obligation": "SELECT, INSERT, UPDATE",
    "coordination_delivery": "SELECT, INSERT, UPDATE",
    "coordination_deliveryattempt": "SELECT, INSERT, UPDATE",
    "coordination_acktoken": "SELECT, INSERT",
}

SQL = [
    FIND_LINK,
    *WALLS,
    *grant(APP, to="app"),
    *grant(ENGINE, to="engine"),
    f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role('app')}, {role('engine')}",
]


class Migration(migrations.Migration):
    dependencies = [("coordination", "0001_initial"), ("referrals", "0002_walls")]
    operations = [migrations.RunSQL(";\n".join(SQL))]
