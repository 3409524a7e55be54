"""What the desk calls things: plain words for codes. Codes without words are shown as they are."""

from collections.abc import Mapping

from coordination.escalation import CHANNEL_WORDS
from coordination.models import Delivery, Plan
from referrals.models import Visit
from referrals.workflow import Side, Status

ACTIONS: Mapping[str, str] = {
    "acknowledge": "Acknowledge: a named person has to see it",
    "accept": "Accept the patient, or pass the case on",
    "record_plan": "Record who receives the patient, where and when",
    "reach_patient": "Reach the patient, and see that they get where they have to be",
    "confirm_arrival": "Find out whether the patient arrived at the emergency department",
    "schedule": "Schedule the visit",
    "see_patient": "See the patient as planned",
    "answer_information": "Answer what the receiving practice asks",
    "report": "Send the report",
    "close": "Read the report, then close the referral",
    "confirm_cancellation": "Confirm the cancellation, or send the report",
    "decide_next": "Decide what comes next: another practice, again, or close it",
    "find_receiver": "Find a practice that can take the patient",
}
SIDES: Mapping[Side, str] = {
    Side.SENDER: "You sent this",
    Side.RECEIVER: "Your practice is the receiving one",
    Side.ASKED: "You are asked to take this patient",
    Side.COORDINATOR: "You coordinate",
    Side.NONE: "You may read this",
}
SPECIALTIES: Mapping[str, str] = {
    "pain": "Pain side",
    "spine": "Spine side",
    "coordination": "Network",
}
OWED: Mapping[str, str] = {
    "acknowledge": "see it and say so",
    "plan": "say who receives the patient, where and when",
    "patient": "reach the patient and get them on the way",
    "ed_handover": "speak to the emergency department",
    "visit": "book the visit, and say what came of it",
    "report": "send the report",
    "close": "read the report and close the referral",
    "information": "answer what was asked",
    "decide": "decide what comes next",
    "arrival": "say whether the patient arrived",
    "physician": "the physician speaks to a patient who does not go, or is not found",
}
OBLIGATION_STATES: Mapping[str, str] = {
    "running": "open: we keep ringing",
    "answered": "answered",
    "closed": "not needed any more",
}
DELIVERY_STATES: Mapping[str, str] = {
    Delivery.State.PENDING: "waiting to be sent",
    Delivery.State.LEASED: "being sent",
    Delivery.State.SENT: "sent; not yet seen",
    Delivery.State.DELIVERED: "arrived; not yet seen",
    Delivery.State.DEAD: "failed",
    Delivery.State.CANCELLED: "withdrawn",
}
CHANNELS = CHANNEL_WORDS
DISPOSITIONS: Mapping[str, str] = {
    Plan.Disposition.EMERGENCY_DEPARTMENT: "to an emergency department",
    Plan.Disposition.ADMISSION: "admitted to hospital",
    Plan.Disposition.CLINIC_VISIT: "seen in the clinic",
}
DESTINATIONS: Mapping[str, str] = {
    "emergency_department": "emergency department",
    "clinic": "clinic",
    "hospital_already": "is in hospital already",
    "refused": "refuses to go",
    "unknown": "not known: not reached",
}
VISITS: Mapping[str, str] = {
    Visit.Status.BOOKED: "booked",
    Visit.Status.RESCHEDULED: "moved to another time",
    Visit.Status.NO_SHOW: "the patient did not come",
    Visit.Status.CANCELLED: "cancelled",
    Visit.Status.FULFILLED: "the patient was seen",
}
STATUSES: Mapping[str, str] = {
    Status.SENT: "sent",
    Status.RECEIVED: "seen by the other side",
    Status.AWAITING_INFORMATION: "information is missing",
    Status.ACCEPTED: "accepted",
    Status.DECLINED: "declined",
    Status.SCHEDULED: "a visit is booked",
    Status.NO_SHOW: "the patient did not come",
    Status.VISIT_CANCELLED: "the visit was cancelled",
    Status.SEEN: "the patient was seen",
    Status.CANCEL_REQUESTED: "called off, to be confirmed",
    Status.CANCELLED: "cancelled",
    Status.REPORTED: "the report is there",
    Status.CLOSED: "closed",
    Status.REDIRECTED: "sent to another practice",
    Status.FAILED: "the receiver could not go on",
    Status.ENTERED_IN_ERROR: "an error",
}
# What is worth telling of what an act changed.
CHANGES: Mapping[str, str] = {
    "status": "status",
    "tier": "urgency",
    "receiver": "receiver",
    "owner_side": "whose turn",
}
EVENTS: Mapping[str, str] = {
    "acknowledgement.lapsed": "Seen, but nobody took the patient: that side is rung again",
    "alert.closed": "Safe: nobody owes anything, and a plan is on record",
    "alert.lowered": "Fewer people are rung, or none: the urgency was lowered",
    "alert.opened": "Urgent: people are being told",
    "alert.raised": "New red flags: everyone is asked again",
    "call.listed": "A call is on the list of those who have to make it",
    "call.recorded": "A call was made",
    "call.withdrawn": "A call is not needed any more",
    "contact.switched_off": "An address says that it is gone; nothing more is sent there",
    "delivery.dead": "A message failed",
    "delivery.delivered": "A message arrived; nobody need have seen it",
    "delivery.sent": "A message was sent",
    "notice.reached_nobody": "Nobody could be told: telephone the practice",
    "obligation.exhausted": "Everybody was rung and nobody has answered; it repeats",
    "obligation.rung_empty": "Nobody to tell at this step; the next step was taken at once",
    "obligation.rung_fired": "People were told",
    "red_flag.resolved": "A red flag was resolved",
    "referral.accepted": "Accepted",
    "referral.acknowledged": "Acknowledged",
    "referral.amended": "The sender corrected the referral",
    "referral.arrival_recorded": "Somebody asked whether the patient arrived",
    "referral.asked": "A practice was asked",
    "referral.cancellation_requested": "The sender asked to cancel",
    "referral.cancellation_withdrawn": "The sender withdrew the cancellation: it goes on",
    "referral.cancelled": "Cancelled",
    "referral.closed": "Closed by the sender",
    "referral.declined": "Declined",
    "referral.entered_in_error": "Marked as entered in error",
    "referral.failed": "The receiving practice cannot go on",
    "referral.handed_over": "Handed over to an emergency department",
    "referral.information_given": "The sender answered what was asked",
    "referral.information_requested": "The sender was asked for information",
    "referral.lowering_proposed": "A lower urgency was proposed; a second person has to confirm it",
    "referral.lowering_withdrawn": "The proposal to lower the urgency was withdrawn",
    "referral.nobody_available": "No practice could be asked: the coordinators move",
    "referral.no_show": "The patient did not come",
    "referral.passed": "Passed on: the next practice is asked",
    "referral.patient_contacted": "The patient was called",
    "referral.planned": "Receiving plan recorded",
    "referral.reassessed": "New findings: assessed again",
    "referral.redirected": "Sent on: a new referral to another practice carries on",
    "referral.reopened": "Begun anew: a practice is asked",
    "referral.reported": "The report was sent",
    "referral.scheduled": "A visit was booked, or moved",
    "referral.seen": "The patient was seen",
    "referral.submitted": "Referral received and assessed",
    "referral.urgency_lowered": "The urgency was lowered by two people",
    "referral.urgency_raised": "The urgency was raised by hand",
    "referral.visit_cancelled": "A visit was cancelled",
}
