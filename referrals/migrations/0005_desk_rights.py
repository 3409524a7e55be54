"""What the app's role may do to the tables of the sign-in. The engine has no right on any."""

from django.db import migrations

from referrals.migrations._walls import grant, role

ALL = "SELECT, INSERT, UPDATE, DELETE"
APP = {
    "auth_user": "SELECT, INSERT, UPDATE",
    "referrals_authenticator": "SELECT, INSERT, UPDATE",
    "django_content_type": "SELECT",
    "django_admin_log": "SELECT, INSERT",
    # A session ends by its row being deleted, and a wrong password is forgotten after a right one.
    "django_session": ALL,
    "axes_accessattempt": ALL,
    "axes_accesslog": ALL,
}
SEQUENCES = (
    "auth_user_id_seq",
    "referrals_authenticator_id_seq",
    "django_admin_log_id_seq",
    "axes_accessattempt_id_seq",
    "axes_accesslog_id_seq",
)

SQL = [
    *grant(APP, to="app"),
    f"GRANT USAGE, SELECT ON SEQUENCE {', '.join(SEQUENCES)} TO {role('app')}",
]


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0004_authenticators"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunSQL(";\n".join(SQL))]
