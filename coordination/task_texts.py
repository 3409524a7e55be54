"""What people are reminded of in an urgent case, and warned of, until it is done. Pure.

No text may hold a patient fact; see :mod:`coordination.messages`.
"""

from collections.abc import Mapping

from coordination.course_texts import SIGN_IN, Text

TASKS: Mapping[str, Text] = {
    "plan_missing": Text(
        "{reference}: no receiving plan yet",
        (
            "Nobody has recorded who receives the patient of {reference}, where and when.",
            "It must be on record by {answer_by}. If nobody can: emergency department.",
            SIGN_IN,
        ),
        "TANDEM {reference}: no receiving plan. Record who, where, when by {answer_by}.",
    ),
    "no_surgeon_ed": Text(
        "EMERGENCY {reference}: no surgeon has answered, send the patient to the ED",
        (
            "No surgeon has answered the EMERGENCY referral {reference}. Everybody on the list "
            "was rung.",
            "If it has not been done: send the patient to an emergency department with MRI and "
            "on-call spine surgery now, and speak to that department. Call 911 if the patient "
            "cannot get there safely at once.",
            "We go on ringing the surgeons. Their telephone numbers stand in the referral.",
            SIGN_IN,
        ),
        "TANDEM {reference}: no surgeon has answered. Send the patient to the ED now.",
    ),
    "no_surgeon": Text(
        "SAME-DAY {reference}: no surgeon has answered",
        (
            "No surgeon has answered the SAME-DAY referral {reference}. Everybody on the list was "
            "rung.",
            "Telephone them: the numbers stand in the referral. If the patient gets worse, or "
            "nobody can be found in time: emergency department.",
            "We go on ringing the surgeons.",
            SIGN_IN,
        ),
        "TANDEM {reference}: no surgeon has answered. Telephone them: numbers in the referral.",
    ),
    "no_plan_ed": Text(
        "{reference}: no receiving plan in time, send the patient to the ED",
        (
            "The time for a receiving plan of {reference} is over, and nobody has recorded who "
            "receives the patient.",
            "Send the patient to an emergency department with MRI and on-call spine surgery now, "
            "and speak to that department. We go on ringing.",
            SIGN_IN,
        ),
        "TANDEM {reference}: no receiving plan in time. Send the patient to the ED now.",
    ),
    "patient_task": Text(
        "{reference}: call the patient",
        (
            "Nobody has recorded that the patient of {reference} was reached and knows where to "
            "go. Call now, and record the outcome by {answer_by}.",
            SIGN_IN,
        ),
        "TANDEM {reference}: call the patient, record the outcome by {answer_by}.",
    ),
    "ed_handover_task": Text(
        "{reference}: speak to the emergency department",
        (
            "Nobody has recorded a spoken handover of {reference} to a named nurse or physician "
            "of the emergency department. Call now, and record it by {answer_by}.",
            SIGN_IN,
        ),
        "TANDEM {reference}: call the ED, record the handover by {answer_by}.",
    ),
    "arrival_task": Text(
        "{reference}: has the patient arrived?",
        (
            "The patient of {reference} was sent to an emergency department, and nobody has "
            "recorded that they arrived.",
            "Call the department or the patient now, and record by {answer_by} what you hear: "
            "arrived, in hospital already, gone elsewhere, refused, left before being seen, or "
            "not to be reached.",
            SIGN_IN,
        ),
        "TANDEM {reference}: has the patient arrived at the ED? Call, and record it by "
        "{answer_by}.",
    ),
    "physician_task": Text(
        "{reference}: the patient is not at the emergency department, physician needed now",
        (
            "The patient of {reference} does not go to the emergency department, did not stay "
            "there, or cannot be found. This is for the physician.",
            "Speak to the patient now: what they fear, what may happen, whether they can decide "
            "this. If nobody can reach them, have the police or 911 look after them at home (a "
            "welfare check). Record what came of it by {answer_by}.",
            SIGN_IN,
        ),
        "TANDEM {reference}: patient is not going to the ED or not found. Physician: call now.",
    ),
}
