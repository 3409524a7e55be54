"""Row-level security and rights of the three roles on the tables of ``referrals``."""

from django.db import migrations

from referrals.migrations._walls import definer_reads, grant, role, wall

FUNCTIONS = [
    """
    CREATE FUNCTION tandem_practice() RETURNS bigint LANGUAGE sql STABLE
    RETURN nullif(current_setting('tandem.practice', true), '')::bigint
    """,
    # Opaque to the planner on purpose: policies of referral and ask would call each other.
    """
    CREATE FUNCTION tandem_was_asked(referral bigint) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS 'SELECT EXISTS (SELECT 1 FROM referrals_ask WHERE referral_id = $1
        AND practice_id = nullif(current_setting(''tandem.practice'', true), '''')::bigint)'
    """,
]

VISIBLE_REFERRAL = "EXISTS (SELECT 1 FROM referrals_referral r WHERE r.id = referral_id)"
OWN = "practice_id = tandem_practice()"

WALLS = [
    *wall(
        "referrals_referral",
        visible="sender_id = tandem_practice() OR receiver_id = tandem_practice() "
        "OR tandem_was_asked(id)",
    ),
    # An ask gives sight: whoever could write one for themselves would see any case.
    *wall("referrals_ask", visible=f"{OWN} OR {VISIBLE_REFERRAL}", writable=VISIBLE_REFERRAL),
    definer_reads("referrals_ask"),
    *wall("referrals_event", visible=VISIBLE_REFERRAL),
    *wall("referrals_eventseal", visible=OWN),
    *wall(
        "referrals_patient",
        visible=f"{OWN} OR EXISTS (SELECT 1 FROM referrals_referral r "
        "WHERE r.patient_id = referrals_patient.id)",
        writable=OWN,
        roles=("app",),
    ),
    *wall("referrals_assessment", visible=VISIBLE_REFERRAL, roles=("app",)),
    *wall("referrals_note", visible=VISIBLE_REFERRAL, roles=("app",)),
    *wall(
        "referrals_redflag",
        visible="EXISTS (SELECT 1 FROM referrals_patient p WHERE p.id = patient_id)",
        roles=("app",),
    ),
    *wall("referrals_idempotentrequest", visible=OWN, roles=("app",)),
]

APP = {
    "referrals_practice": "SELECT, INSERT, UPDATE",
    "referrals_emergencydirectory": "SELECT, INSERT, UPDATE",
    "referrals_practitioner": "SELECT, INSERT, UPDATE",
    "referrals_apikey": "SELECT, INSERT, UPDATE",
    "referrals_patient": "SELECT, INSERT, UPDATE",
    "referrals_referral": "SELECT, INSERT, UPDATE",
    "referrals_ask": "SELECT, INSERT, UPDATE",
    "referrals_assessment": "SELECT, INSERT",
    "referrals_note": "SELECT, INSERT",
    "referrals_redflag": "SELECT, INSERT, UPDATE",
    "referrals_event": "SELECT, INSERT",
    "referrals_eventseal": "SELECT",
    "referrals_idempotentrequest": "SELECT, INSERT, UPDATE",
}
ENGINE = {
    "referrals_practice": "SELECT",
    "referrals_emergencydirectory": "SELECT",
    "referrals_practitioner": "SELECT",
    "referrals_referral": "SELECT, UPDATE",
    "referrals_ask": "SELECT, INSERT",
    "referrals_event": "SELECT, INSERT, UPDATE (relayed_at, attempts, retry_at, sealed_at)",
    "referrals_eventseal": "SELECT, INSERT",
}

# Foreign keys see past row-level security: a referral can never pull in another practice's patient.
OWN_PATIENT = [
    "ALTER TABLE referrals_patient ADD CONSTRAINT patient_of_its_practice UNIQUE (id, practice_id)",
    "ALTER TABLE referrals_referral ADD CONSTRAINT referral_is_about_the_senders_patient "
    "FOREIGN KEY (patient_id, sender_id) REFERENCES referrals_patient (id, practice_id)",
]

SQL = [
    *OWN_PATIENT,
    *FUNCTIONS,
    f"GRANT USAGE ON SCHEMA public TO {role('app')}, {role('engine')}",
    *WALLS,
    *grant(APP, to="app"),
    *grant(ENGINE, to="engine"),
    f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role('app')}, {role('engine')}",
]


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial")]
    operations = [migrations.RunSQL(";\n".join(SQL))]
