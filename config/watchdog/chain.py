"""Whether the sealed history of each practice still has the head that it had ten seconds ago."""

import psycopg

from config.watchdog.memory import Memory

# One look into the index a practice, from the last to the first.
_HEADS = """
    WITH RECURSIVE heads AS (
        (SELECT practice_id, seq, hash FROM referrals_eventseal
         ORDER BY practice_id DESC, seq DESC LIMIT 1)
        UNION ALL
        SELECT earlier.* FROM heads, LATERAL (
            SELECT s.practice_id, s.seq, s.hash FROM referrals_eventseal s
            WHERE s.practice_id < heads.practice_id
            ORDER BY s.practice_id DESC, s.seq DESC LIMIT 1) earlier
    ) SELECT practice_id, seq, encode(hash, 'hex') FROM heads
"""
_GONE = """
    SELECT kept.practice
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS kept (practice, seq, hash)
    LEFT JOIN referrals_eventseal s ON s.practice_id = kept.practice AND s.seq = kept.seq
    WHERE s.hash IS NULL OR encode(s.hash, 'hex') <> kept.hash ORDER BY 1
"""


def check_heads(connection: psycopg.Connection, memory: Memory) -> tuple[str, ...]:
    """Return the practices whose remembered head is gone or changed, and remember the others'.

    What is broken stays remembered as it was, so that it stays red until a person has looked.
    """
    kept = memory.heads
    places = [seq for seq, _ in kept.values()], [hash_ for _, hash_ in kept.values()]
    gone = connection.execute(_GONE, [[int(one) for one in kept], *places]).fetchall()
    broken = {str(practice) for (practice,) in gone}
    for practice, seq, hash_ in connection.execute(_HEADS).fetchall():
        if str(practice) not in broken:
            memory.heads[str(practice)] = (int(seq), str(hash_))
    return tuple(f"practice {practice}" for practice in sorted(broken, key=int))
