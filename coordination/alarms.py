"""ALARMS: what the watchdog asks every ten seconds, and what it says when the answer is wrong.

Each question returns the names of what is wrong, a row each: public references, never a patient.
It stays on partial indexes: it is asked for ever, beside the work. Pure: ``config/watchdog`` asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """How soon a person has to look."""

    NOW = "now"
    TODAY = "today"


@dataclass(frozen=True)
class Alarm:
    """One thing that must never be. ``desk`` says what it means for the people at the desk.

    ``question`` is SQL; what has none is found out in another way (``config/watchdog``).
    ``patience`` is for how many seconds it must be wrong before anybody is told.
    """

    code: str
    words: str
    urgency: Urgency = Urgency.NOW
    question: str = ""
    patience: float = 0.0
    desk: str = ""

    @property
    def runbook(self) -> str:
        """Name the page that says what to do."""
        return f"docs/runbooks/{self.code}.md"


# How old the heartbeat of each loop may be, in seconds. A turn may wait ten seconds for a provider;
# a worker is woken every ten seconds by beat.
LOOPS: Mapping[str, float] = {"dispatch": 15.0, "worker-urgent": 45.0, "worker-default": 45.0}
# The watchdog itself looks every ten seconds.
WATCHDOG, WATCHDOG_SILENT_AFTER = "watchdog", 45.0

_TELEPHONE = "Telephone the other side in every urgent case, and do not wait for Tandem."

# What was answered and lapses has its time as well.
_OVERDUE = """
    SELECT r.reference FROM coordination_obligation o
    JOIN referrals_referral r ON r.id = o.referral_id
    WHERE o.alert_id IS NOT NULL
      AND o.next_due_at < statement_timestamp() - interval '60 s'
    ORDER BY o.next_due_at LIMIT 100
"""
# A case that came at night and rings at seven has not begun: no rung of it was fired.
_UNTOLD = """
    SELECT r.reference FROM referrals_referral r
    JOIN coordination_alert a ON a.referral_id = r.id AND a.closed_at IS NULL
    WHERE r.tier IN (3, 4) AND r.safe_at IS NULL
      AND greatest(r.raised_at, a.opened_at) < statement_timestamp() - interval '120 s'
      AND EXISTS (SELECT FROM coordination_obligation o WHERE o.alert_id = a.id
          AND o.state = 'running' AND (o.rung > 0 OR o.round > 0))
      AND NOT EXISTS (SELECT FROM coordination_obligation o
          JOIN coordination_delivery d ON d.obligation_id = o.id
          WHERE o.alert_id = a.id AND d.sent_at IS NOT NULL)
    LIMIT 100
"""
_STUCK = """
    SELECT r.reference FROM coordination_delivery d
    JOIN coordination_obligation o ON o.id = d.obligation_id
    JOIN referrals_referral r ON r.id = o.referral_id
    WHERE d.state = 'leased'
      AND (d.due_at < statement_timestamp() - interval '60 s'
           OR d.due_at > statement_timestamp() + interval '60 s')
    LIMIT 100
"""
# Handled: the side has answered, or somebody was told by the same step or a later one.
_DEAD = """
    SELECT DISTINCT r.reference FROM coordination_delivery d
    JOIN coordination_obligation o ON o.id = d.obligation_id
    JOIN referrals_referral r ON r.id = o.referral_id
    WHERE d.state = 'dead' AND d.priority <= 1 AND o.state = 'running' AND o.alert_id IS NOT NULL
      AND o.next_due_at IS NOT NULL
      AND d.dead_at < statement_timestamp() - interval '60 s'
      AND NOT EXISTS (SELECT FROM coordination_delivery told
          WHERE told.obligation_id = o.id AND told.sent_at IS NOT NULL
            AND (told.round, told.rung) >= (d.round, d.rung))
    LIMIT 100
"""
_NO_ALERT = """
    SELECT r.reference FROM referrals_referral r
    WHERE r.tier IN (3, 4) AND r.safe_at IS NULL
      AND coalesce(r.raised_at, r.sent_at) < statement_timestamp() - interval '5 s'
      AND NOT EXISTS (SELECT FROM coordination_alert a
          WHERE a.referral_id = r.id AND a.closed_at IS NULL)
    LIMIT 100
"""
_UNRELAYED = """
    SELECT DISTINCT r.reference FROM referrals_event e
    JOIN referrals_referral r ON r.id = e.referral_id
    WHERE e.relayed_at IS NULL
      AND e.at < statement_timestamp() - CASE WHEN e.urgent THEN interval '5 s'
                                              ELSE interval '5 min' END
    LIMIT 100
"""
_UNSEALED = """
    SELECT DISTINCT r.reference FROM referrals_event e
    JOIN referrals_referral r ON r.id = e.referral_id
    WHERE e.sealed_at IS NULL AND e.at < statement_timestamp() - interval '60 s'
    LIMIT 100
"""
# Also if there was nobody to ring at its last step: that is the worst end of all.
_EXHAUSTED = """
    SELECT DISTINCT r.reference FROM coordination_obligation o
    JOIN referrals_referral r ON r.id = o.referral_id
    WHERE o.state = 'running' AND o.alert_id IS NOT NULL AND o.next_due_at IS NOT NULL
      AND o.exhausted_at IS NOT NULL
    LIMIT 100
"""
_NOBODY = """
    SELECT DISTINCT r.reference FROM referrals_event e
    JOIN referrals_referral r ON r.id = e.referral_id
    WHERE e.kind IN ('notice.reached_nobody', 'obligation.rung_empty', 'referral.nobody_available')
      AND e.at > statement_timestamp() - interval '30 min'
    LIMIT 100
"""

_ALL = (
    Alarm(
        "ladder-overdue",
        "Somebody should have been rung a minute ago, and was not.",
        question=_OVERDUE,
        desk="Calls are late. " + _TELEPHONE,
    ),
    Alarm(
        "nobody-told",
        "An urgent case is two minutes old, and no message of it was sent to anybody.",
        question=_UNTOLD,
        patience=5,
        desk="No message went out in an urgent case. " + _TELEPHONE,
    ),
    Alarm(
        "lease-stuck",
        "A message is held by a process that neither sends it nor lets it go.",
        question=_STUCK,
        desk="A message is stuck. " + _TELEPHONE,
    ),
    Alarm(
        "message-dead",
        "No message of a step could be delivered, and no later step has told anybody.",
        question=_DEAD,
        desk="Messages of an urgent case could not be delivered. " + _TELEPHONE,
    ),
    Alarm(
        "alert-missing",
        "An urgent case rings nobody: it has no open alert.",
        question=_NO_ALERT,
        patience=5,
        desk="An urgent case rings nobody. " + _TELEPHONE,
    ),
    Alarm(
        "event-waiting",
        "Something happened, and what must follow from it has not been done.",
        question=_UNRELAYED,
        patience=5,
        desk="Tandem does not act on what was entered. " + _TELEPHONE,
    ),
    Alarm(
        "ladder-exhausted",
        "Everybody there is to ring was rung, and nobody has answered. The last step repeats.",
        question=_EXHAUSTED,
        desk="Nobody has answered in an urgent case, and everybody there is to ring was rung. "
        "Look at the urgent list, and telephone.",
    ),
    Alarm(
        "nobody-reached",
        "There was nobody to tell at a step, of a notice, or no practice that could be asked.",
        Urgency.TODAY,
        question=_NOBODY,
        desk="There was nobody to tell at a step of an urgent case. Check who is on call.",
    ),
    Alarm(
        "loop-stale",
        "A process lives and does not work, or does not live.",
        desk="A part of Tandem stands still. What remains goes on sending, perhaps later.",
    ),
    Alarm("web-silent", "The web server does not answer.", patience=5),
    Alarm(
        "event-unsealed",
        "What happened a minute ago is not in the sealed history.",
        Urgency.TODAY,
        question=_UNSEALED,
    ),
    Alarm(
        "chain-went-back",
        "The sealed history of a practice is shorter than it was, or its last link was changed.",
    ),
    Alarm(
        "clock-jumped",
        "The database's clock jumped against the machine's.",
        desk="Times shown may be wrong. " + _TELEPHONE,
    ),
    Alarm("disk-filling", "A disk is filled to four fifths.", Urgency.TODAY),
    Alarm(
        "disk-full",
        "A disk is filled to nine tenths. When it is full, nothing more is taken in.",
        desk="The disk is nearly full. Tandem may stop taking referrals.",
    ),
    Alarm("replica-late", "The replica does not answer, or is behind.", Urgency.TODAY, patience=20),
    Alarm("backup-old", "The newest backup is older than it may be.", Urgency.TODAY),
    Alarm(
        "probe-late",
        "The practice case did not arrive in time, or could not be sent.",
        desk="A test of the whole way was late. " + _TELEPHONE,
    ),
    Alarm("database-gone", "PostgreSQL does not answer.", patience=8),
    Alarm("watchdog-blind", "The watchdog could not ask one of its questions.", patience=5),
)

ALARMS: Mapping[str, Alarm] = {alarm.code: alarm for alarm in _ALL}
