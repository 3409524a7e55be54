"""What the watchdog's role may read: ids, states and times, and public references. No patient."""

from django.conf import settings
from django.db import migrations

from referrals.migrations._walls import grant, role

WATCH = {
    "referrals_referral": "id, reference, tier, safe_at, sent_at, raised_at",
    "referrals_event": "id, referral_id, kind, at, urgent, relayed_at, sealed_at",
    "referrals_eventseal": "practice_id, seq, hash",
    "coordination_alert": "id, referral_id, opened_at, closed_at",
    "coordination_obligation": "id, alert_id, referral_id, state, rung, round, next_due_at",
    "coordination_delivery": "uuid, obligation_id, state, priority, rung, round, due_at, sent_at, "
    "dead_at, created_at",
    "coordination_heartbeat": "component, instance, at, last_work_at, alarms",
}
WALLED = [table for table in WATCH if table != "coordination_heartbeat"]


def _sees(table: str) -> str:
    # By name, because the owner is a member of this role and would see through its policy.
    name = settings.DATABASE_ROLES["watch"].replace("'", "''")
    return (
        f"CREATE POLICY watch_sees ON {table} FOR SELECT TO {role('watch')} "
        f"USING (current_user = '{name}')"
    )


# The watchdog writes nothing. What it found it says to this function, which keeps it for the desk.
SAY = """
    CREATE FUNCTION tandem_watchdog_found(instance text, alarms text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS 'INSERT INTO coordination_heartbeat (component, instance, at, last_work_at, alarms)
        VALUES (''watchdog'', left($1, 64), statement_timestamp(), statement_timestamp(), $2)
        ON CONFLICT (component, instance) DO UPDATE
        SET at = excluded.at, last_work_at = excluded.last_work_at, alarms = excluded.alarms'
"""
# For the page of the health of the ringing, which is asked by nobody in particular.
OVERDUE = """
    CREATE FUNCTION tandem_overdue_pages() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS 'SELECT (SELECT count(*) FROM (SELECT FROM coordination_obligation
            WHERE alert_id IS NOT NULL
              AND next_due_at < statement_timestamp() - interval ''60 s'' LIMIT 100) overdue)
        + (SELECT count(*) FROM (SELECT FROM coordination_delivery
            WHERE state IN (''pending'', ''leased'') AND priority <= 1 AND sent_at IS NULL
              AND due_at < statement_timestamp() - interval ''60 s'' LIMIT 100) unsent)'
"""

SQL = [
    f"GRANT USAGE ON SCHEMA public TO {role('watch')}",
    *grant({table: f"SELECT ({columns})" for table, columns in WATCH.items()}, to="watch"),
    *(_sees(table) for table in WALLED),
    *grant({"coordination_heartbeat": "SELECT, INSERT, UPDATE"}, to="engine"),
    *grant({"coordination_heartbeat": "SELECT"}, to="app"),
    f"GRANT USAGE, SELECT ON SEQUENCE coordination_heartbeat_id_seq TO {role('engine')}",
    SAY,
    "REVOKE ALL ON FUNCTION tandem_watchdog_found(text, text[]) FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION tandem_watchdog_found(text, text[]) TO {role('watch')}",
    OVERDUE,
    "REVOKE ALL ON FUNCTION tandem_overdue_pages() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION tandem_overdue_pages() TO {role('app')}",
]


class Migration(migrations.Migration):
    dependencies = [("coordination", "0010_heartbeats"), ("referrals", "0019_watched")]
    operations = [migrations.RunSQL(";\n".join(SQL))]
