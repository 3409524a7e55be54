"""The steps of a referral: what ``next_action`` may say, and which acts do it.

Pure. The desk's first button comes from it, and tests hold every referral to it: whose move it is
has an act that does it.
"""

from collections.abc import Collection, Mapping

# Where there are several, the first that is open stands first.
DONE_BY: Mapping[str, tuple[str, ...]] = {
    "acknowledge": ("acknowledge",),
    "accept": ("accept",),
    "record_plan": ("record_plan",),
    "reach_patient": ("record_patient_contact", "hand_over_to_ed"),
    "confirm_arrival": ("record_arrival", "hand_over_to_ed"),
    "schedule": ("schedule",),
    "see_patient": ("record_visit",),
    "answer_information": ("answer_information",),
    "report": ("report",),
    "close": ("close",),
    "confirm_cancellation": ("confirm_cancellation",),
    "decide_next": ("redirect", "reopen", "close", "request_cancellation"),
    "find_receiver": ("hand_over_to_ed", "redirect"),
}


def act_for(next_action: str, actions: Collection[str]) -> str | None:
    """Name the open act that does this step, or ``None`` if none of them is open."""
    return next((act for act in DONE_BY.get(next_action, ()) if act in actions), None)
