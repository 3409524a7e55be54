"""One lock for each practice: changes of its rota and of its contacts take turns."""

from django.db import connection

# The first half of the key of an advisory lock; the second is the practice.
_LOCK = 0x0CA11


def lock_rota(practice_id: int) -> None:
    """Let nobody else change who is on call at this practice until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, practice_id])
