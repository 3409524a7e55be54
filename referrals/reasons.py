"""The coded reasons people choose from. Pure; each code says what it means to the other side."""

from collections.abc import Mapping

PAIN_REFERS_OUT: Mapping[str, str] = {
    "RED_FLAG": "red flag",
    "SEVERE_OR_PROGRESSIVE_WEAKNESS": "severe or progressive weakness",
    "MYELOPATHY": "myelopathy",
    "INSTABILITY_OR_HIGH_GRADE_LISTHESIS": "instability or high-grade slip",
    "FAILED_NONSURGICAL_SEQUENCE": "non-surgical sequence tried and failed",
    "SURGICAL_OPINION_REQUESTED_BY_PATIENT": "the patient asks for a surgical opinion",
    "SECOND_SURGICAL_OPINION": "second surgical opinion",
    "HARDWARE_OR_ADJACENT_SEGMENT_PROBLEM": "hardware or adjacent-segment problem",
    "PADDLE_LEAD_OR_DEVICE_REVISION": "paddle lead or device revision",
    "POST_PROCEDURE_COMPLICATION": "complication after a procedure",
    "DEFORMITY": "deformity",
    "FRACTURE_NOT_SUITABLE_FOR_AUGMENTATION": "fracture not suitable for augmentation",
    "CO_MANAGEMENT": "co-management",
}
SURGEON_REFERS_BACK: Mapping[str, str] = {
    "CONSERVATIVE_BETTER": "conservative care is the better fit",
    "NOT_SURGICAL_CANDIDATE": "not a surgical candidate",
    "PERSISTENT_PAIN_AFTER_SURGERY": "pain persists after surgery",
    "NO_STRUCTURAL_TARGET": "no structural target",
    "DIAGNOSTIC_BLOCK_REQUESTED": "diagnostic block asked for",
    "PREHAB_OR_OPTIMISE": "prehabilitation or optimisation before surgery",
    "PATIENT_DECLINES_SURGERY": "the patient declines surgery",
    "PAYER_PREREQUISITE_MISSING": "a payer's prerequisite is missing",
    "POSTOP_PAIN_PLAN": "post-operative pain plan",
}
REFERRAL_REASONS: Mapping[str, str] = {**PAIN_REFERS_OUT, **SURGEON_REFERS_BACK}

PASS_REASONS: Mapping[str, str] = {
    "IN_THEATRE": "operating now",
    "NO_CAPACITY": "no capacity today",
    "OUT_OF_SCOPE": "not treated here",
    "CANNOT_TRANSFER": "the patient cannot be brought here",
    "CONFLICT_OF_INTEREST": "conflict of interest",
}
# Who says "cannot" by SMS or by a key has no list to choose from.
NO_REASON_GIVEN = "NO_REASON_GIVEN"
PASSED_BY_TELEPHONE: Mapping[str, str] = {
    NO_REASON_GIVEN: "said by SMS or by a key on a call, where no reason can be given",
}
DECLINE_REASONS: Mapping[str, str] = {
    "OUT_OF_SCOPE": "not treated here",
    "NO_CAPACITY": "no capacity",
    "CONSERVATIVE_BETTER": "conservative care is the better fit",
    "NO_STRUCTURAL_TARGET": "no structural target",
    "PAYER_NOT_ACCEPTED": "the payer is not accepted here",
    "WRONG_SPECIALTY": "wrong specialty",
    "OTHER": "another reason, in words",
}

RAISE_REASONS: Mapping[str, str] = {
    "FOUND_ON_EXAMINATION": "found on examination",
    "SEEN_ON_IMAGING": "seen on imaging",
    "GETTING_WORSE": "getting worse",
    "CANNOT_WAIT": "judged not to be able to wait",
}
LOWER_REASONS: Mapping[str, str] = {
    "TREATED": "the urgent cause was treated",
    "EXAMINED": "examined, and the urgent finding is not there",
    "IMAGING_REVIEWED": "imaging shows no urgent cause",
    "OTHER_CAUSE": "another cause explains the findings",
    "FINDING_ENTERED_IN_ERROR": "the finding was entered in error",
}

CANCEL_REASONS: Mapping[str, str] = {
    "PATIENT_WITHDREW": "the patient does not want it any more",
    "PATIENT_IMPROVED": "the patient has improved",
    "TREATED_ELSEWHERE": "treated elsewhere",
    "PATIENT_DIED": "the patient has died",
    "SENT_TWICE": "sent twice",
    "OTHER": "another reason, in words",
}
VISIT_CANCEL_REASONS: Mapping[str, str] = {
    "BY_PATIENT": "cancelled by the patient",
    "BY_PRACTICE": "cancelled by the practice",
    "PAYER": "the payer has not agreed",
    "PATIENT_ADMITTED": "the patient is in hospital",
    "OTHER": "another reason, in words",
}
REDIRECT_REASONS: Mapping[str, str] = {
    "NEARER_TO_PATIENT": "another practice is nearer to the patient",
    "PATIENT_CHOICE": "the patient chose another practice",
    "PAYER_NETWORK": "the payer asks for another practice",
    "OUT_OF_SCOPE": "not treated here",
    "NO_CAPACITY": "no capacity",
    "OTHER": "another reason, in words",
}
FAILURE_REASONS: Mapping[str, str] = {
    "CANNOT_REACH_PATIENT": "the patient cannot be reached",
    "PATIENT_DOES_NOT_COME": "the patient has not come and books no other visit",
    "PATIENT_MOVED": "the patient has moved away",
    "OTHER": "another reason, in words",
}
ERROR_REASONS: Mapping[str, str] = {
    "WRONG_PATIENT": "written for the wrong patient",
    "SENT_BY_MISTAKE": "sent by mistake",
    "OTHER": "another reason, in words",
}
CLOSE_REASONS: Mapping[str, str] = {
    "TREATED_ELSEWHERE": "treated elsewhere",
    "NO_LONGER_NEEDED": "the question has gone",
    "PATIENT_WITHDREW": "the patient does not want it any more",
    "LOST_CONTACT": "contact with the patient is lost",
    "OTHER": "another reason, in words",
}
# A code that says too little by itself: words go with it, in every list it stands in.
NEEDS_COMMENT = frozenset({"OTHER", "WRONG_PATIENT", "PATIENT_DIED", "CANNOT_REACH_PATIENT"})

RECOMMENDATIONS: Mapping[str, str] = {
    "SURGERY_PLANNED": "surgery is planned",
    "SURGERY_OFFERED": "surgery was offered, the patient decides",
    "NO_SURGERY_NOW": "no surgery now",
    "INJECTION_OR_BLOCK": "injection or diagnostic block",
    "NEUROMODULATION": "neuromodulation",
    "CONSERVATIVE_CARE": "conservative care",
    "MORE_IMAGING_OR_TESTS": "more imaging or tests first",
    "CO_MANAGEMENT": "both sides go on together",
    "ADVICE_ONLY": "advice without a visit",
    "REFER_BACK": "back to the sender",
}

# Whether a patient who does not go can decide that; a doctor judges it, at that moment.
CAPACITY = {
    "CAN_DECIDE": "can decide this for themselves",
    "CANNOT_DECIDE": "cannot decide this for themselves now",
    "NOT_ASSESSED": "whether they can decide was not judged",
}
