"""Who may touch the call tasks, and how a provider's callback finds whom it speaks for."""

from django.db import migrations

from referrals.migrations._walls import definer_reads, grant, wall

# A reply by SMS or keypress knows a number and a code. It learns only for whom it speaks.
FIND_REPLY = """
    CREATE FUNCTION tandem_find_reply(address bytea, code text)
    RETURNS TABLE (token bigint, practice bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS 'SELECT t.id, c.practice_id FROM coordination_contactpoint c
        JOIN coordination_acktoken t ON t.contact_point_id = c.uuid
        JOIN coordination_obligation o ON o.id = t.obligation_id
        JOIN coordination_alert a ON a.id = o.alert_id
        LEFT JOIN referrals_practitioner p ON p.id = c.practitioner_id
        WHERE c.address_fingerprint = $1 AND t.reply_code = $2 AND a.closed_at IS NULL
          AND c.is_active AND coalesce(p.is_active, true)'
"""
# A report about one message names it by the id that we gave it.
FIND_DELIVERY = """
    CREATE FUNCTION tandem_find_delivery(delivery uuid) RETURNS TABLE (practice bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS 'SELECT c.practice_id FROM coordination_delivery d
        JOIN coordination_contactpoint c ON c.uuid = d.contact_point_id
        WHERE d.uuid = $1'
"""

WALLS = [
    *wall(
        "coordination_calltask",
        visible="EXISTS (SELECT 1 FROM coordination_delivery d WHERE d.uuid = delivery_id)",
    ),
    # They hold ids, states and times, and no patient fact.
    definer_reads("coordination_alert"),
    definer_reads("coordination_obligation"),
    definer_reads("coordination_delivery"),
]

APP = {"coordination_calltask": "SELECT, UPDATE"}
ENGINE = {
    "coordination_calltask": "SELECT, INSERT, UPDATE",
    # An endpoint that answers "gone" is switched off where it is found out.
    "coordination_contactpoint": "UPDATE (failing_since, is_active)",
}

SQL = [FIND_REPLY, FIND_DELIVERY, *WALLS, *grant(APP, to="app"), *grant(ENGINE, to="engine")]


class Migration(migrations.Migration):
    dependencies = [("coordination", "0003_channels"), ("referrals", "0003_accounts_and_pins")]
    operations = [migrations.RunSQL(";\n".join(SQL))]
