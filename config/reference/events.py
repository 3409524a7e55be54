"""The page of the events: what the timeline shows, where it is recorded, what follows."""

from collections.abc import Mapping

from config.reference import sources
from config.reference.markdown import code, page, table
from coordination.relay import REACTIONS

MEANINGS: Mapping[str, str] = {
    "acknowledgement.lapsed": "Seen has led to no acceptance and no plan; that side rings anew.",
    "alert.closed": "Nobody owes anything any more and a receiving plan is on record: safe.",
    "alert.lowered": "The urgency fell: the alert is closed, or owes less; says which.",
    "alert.opened": "The case is urgent; its obligations are open and the first messages written.",
    "alert.raised": "Red flags rose while the alert was open; the ladders ring again from the top.",
    "call.listed": "A call is on the list of those who have to make it. Nobody has called yet.",
    "call.recorded": "What came of a call that a person made. Reached is not acknowledged.",
    "call.withdrawn": "Calls that nobody needs any more left the call list.",
    "contact.switched_off": "An address said that it is gone; nothing more is sent there.",
    "delivery.dead": "A message to one contact point is given up, or is reported as not arrived.",
    "delivery.delivered": "The far end reports that a message arrived. Nobody need have seen it.",
    "delivery.sent": "The far end took a message. That is not an acknowledgement.",
    "notice.reached_nobody": "A practice has nobody to write to; says what it was not told.",
    "obligation.exhausted": "The last step was reached and nobody has answered; it repeats.",
    "obligation.rung_empty": "A step found nobody to tell; the next step was taken at once.",
    "obligation.rung_fired": "A step was taken; says who is told and how.",
    "red_flag.resolved": "A clinician recorded how a red flag ended. Tier and alert stay.",
    "referral.accepted": "A practice took the patient and is the receiver now.",
    "referral.acknowledged": "A named human of one specialty has seen it. That is not acceptance.",
    "referral.amended": "The sender corrected it; names the fields. The old values are kept.",
    "referral.arrival_recorded": "Whether the patient arrived where they were sent.",
    "referral.asked": "A practice was asked to take it; says why that one. It can read it now.",
    "referral.cancellation_requested": "The sender asked to cancel, with a coded reason.",
    "referral.cancellation_withdrawn": "The sender goes on after all; it is what it was before.",
    "referral.cancelled": "It was cancelled; if the other side had seen it, they confirmed.",
    "referral.closed": "The sender has read the report, or closed without one for a coded reason.",
    "referral.declined": "The receiver said no to an elective referral, with a coded reason.",
    "referral.handed_over": "A named clinician of an emergency department took over.",
    "referral.lowering_proposed": "A clinician proposes a lower urgency. Nothing is lowered yet.",
    "referral.lowering_withdrawn": "The proposal to lower the urgency was taken back.",
    "referral.nobody_available": "No practice could be asked; says why. The coordinators move.",
    "referral.entered_in_error": "The sender marked it as an error, with a coded reason.",
    "referral.failed": "The receiver cannot go on, with a coded reason.",
    "referral.information_given": "The sender answered what was asked; it goes on as what it was.",
    "referral.information_requested": "The receiving side asked the sender; it waits.",
    "referral.no_show": "The patient did not come to the visit.",
    "referral.passed": "A practice cannot take an urgent case; the next one is asked.",
    "referral.patient_contacted": "What came of calling the patient.",
    "referral.planned": "A receiving plan was put on record, or changed.",
    "referral.reassessed": "New findings came and the rules ran again; says whether urgency rose.",
    "referral.submitted": "The referral was assessed and stored.",
    "referral.urgency_lowered": "A second person confirmed it: the urgency is lower now.",
    "referral.redirected": "It ended; a new referral to another practice carries on from it.",
    "referral.reopened": "The sender sent it anew after a decline, a cancellation or a failure.",
    "referral.reported": "The receiver sent the report; says the coded recommendation.",
    "referral.scheduled": "A visit was booked; says when, and whether an earlier one moved.",
    "referral.seen": "The patient was seen; a note on the way may go with it.",
    "referral.urgency_raised": "Somebody raised the urgency by hand; it is acknowledged anew.",
    "referral.visit_cancelled": "A visit was cancelled, with a coded reason; it goes on.",
}


def render(kinds: Mapping[str, str] | None = None) -> str:
    """Return the page.

    :param kinds: kind of event to the module that records it; what the source says by default.
    """
    found = sources.event_kinds() if kinds is None else kinds
    rows = [
        (f"`{kind}`", MEANINGS.get(kind, "Not described yet."), f"`{where}`", _acts(kind))
        for kind, where in found.items()
    ]
    return page(
        "Everything that is recorded",
        "the services and `REACTIONS`",
        "One event is the queue entry, the line of the timeline and the audit record at once. "
        "`data` of an event never holds a fact about the patient.",
        table(("event", "meaning", "recorded by", "leads to"), rows),
    )


def _acts(kind: str) -> str:
    return code(act.__name__ for act in REACTIONS.get(kind, ()))
