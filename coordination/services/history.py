"""Moves what is long over out of the table that workers search, in small batches.

The rule of what is over, and for how long it rests, stands in the database's own function: no
role of a server may delete a row.
"""

from django.db import connection

# So many at once: some thirty milliseconds, and one transaction.
AT_ONCE = 250


def move_to_history() -> int:
    """Move up to 250 deliveries of ended cases that have rested for 30 days; return how many.

    A crash in between moves none of them; two processes at once move different ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tandem_move_to_history(%s)", [AT_ONCE])
        moved: int = cursor.fetchone()[0]
    return moved
