"""The triggers of a table whose rows are history: written once, also by the owner."""

from collections.abc import Sequence

import pgtrigger


def append_only(noun: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse UPDATE, DELETE and TRUNCATE of a table, whoever asks."""
    return [
        pgtrigger.Protect(
            name=f"{noun}_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        never_emptied(noun),
    ]


def written_once(noun: str, *, but: Sequence[str]) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table whose rows only ever change in the columns ``but``."""
    return [
        pgtrigger.Protect(name=f"{noun}_is_never_deleted", operation=pgtrigger.Delete),
        pgtrigger.Protect(
            name=f"{noun}_is_immutable",
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(exclude=list(but)),
        ),
        never_emptied(noun),
    ]


def never_emptied(noun: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses TRUNCATE alone, which no row trigger sees."""
    return pgtrigger.Trigger(
        name=f"{noun}_is_never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )
