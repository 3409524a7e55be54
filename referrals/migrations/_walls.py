"""Builds the SQL of the walls: who may touch a table, and which rows exist for whom."""

from collections.abc import Mapping, Sequence

from django.conf import settings

# The owner sees no patient fact either, unless a migration or a definer function says so aloud.
_MAINTENANCE = "current_setting('tandem.maintenance', true) = 'on'"


def role(name: str) -> str:
    """Return the quoted database name of ``owner``, ``app`` or ``engine``."""
    return '"' + settings.DATABASE_ROLES[name].replace('"', '""') + '"'


def grant(rights: Mapping[str, str], *, to: str) -> list[str]:
    """Build the grants of one role: table to rights."""
    return [f"GRANT {right} ON {table} TO {role(to)}" for table, right in rights.items()]


def wall(
    table: str,
    *,
    visible: str,
    writable: str | None = None,
    roles: Sequence[str] = ("app", "engine"),
) -> list[str]:
    """Build forced row-level security of one table.

    :param visible: the condition for the app's role; the engine's role works for every practice.
    :param writable: what a row written by the app must meet, where seeing it is not enough.
    """
    # By name, because the owner is a member of the engine's role and would see through its policy.
    engine = settings.DATABASE_ROLES["engine"].replace("'", "''")
    conditions = {"app": visible, "engine": f"current_user = '{engine}'"}
    checks = conditions | {"app": writable or visible}
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(
            f"CREATE POLICY {name}_sees ON {table} TO {role(name)} "
            f"USING ({conditions[name]}) WITH CHECK ({checks[name]})"
            for name in roles
        ),
        f"CREATE POLICY owner_maintains ON {table} TO {role('owner')} "
        f"USING ({_MAINTENANCE}) WITH CHECK ({_MAINTENANCE})",
    ]


def definer_reads(table: str) -> str:
    """Let functions that run as the owner read a table of mere ids without maintenance."""
    return f"CREATE POLICY definer_reads ON {table} FOR SELECT TO {role('owner')} USING (true)"
