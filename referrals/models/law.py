"""The law as the database has it: conditions on the status, and triggers, whoever writes."""

from collections.abc import Iterable

import pgtrigger
from django.db.models import Q

from referrals.workflow import STATUS_CHANGES, TAKEN, UNDECIDED, Status


def words_of(statuses: Iterable[Status]) -> list[str]:
    """Return the statuses as they are stored, in a fixed order."""
    return sorted(status.value for status in statuses)


IS_UNDECIDED = Q(status__in=words_of(UNDECIDED)) | Q(resumes_as__in=words_of(UNDECIDED))
IS_TAKEN = Q(status__in=words_of(TAKEN)) | Q(resumes_as__in=words_of(TAKEN))


def held_to_the_law() -> pgtrigger.Trigger:
    """Return the trigger that refuses a change of the status which no act makes."""
    # Also for who writes SQL by hand, whatever their role. After the row, because a trigger before
    # it makes PostgreSQL lock the row against every new foreign key to it: acts then deadlock.
    pairs = ", ".join(f"('{old}', '{new}')" for old, new in sorted(STATUS_CHANGES))
    return pgtrigger.Trigger(
        name="status_follows_the_law",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
        func=f"""
            IF (OLD.status, NEW.status) NOT IN ({pairs}) THEN
                RAISE EXCEPTION 'a referral never goes from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        """,
    )


def begins_by_being_sent() -> pgtrigger.Trigger:
    """Return the trigger that refuses a new referral with any other status than sent."""
    return pgtrigger.Trigger(
        name="begins_by_being_sent",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.status <> 'sent'"),
        func="""
            RAISE EXCEPTION 'a referral begins as sent, not as %', NEW.status
                USING ERRCODE = 'check_violation';
        """,
    )
