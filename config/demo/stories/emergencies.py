"""Three emergencies: cauda equina, an unstable fracture, a tumour that presses on the cord.

One report comes back the same evening; the other two loops are still open, with a date.
"""

from config.demo.case import LOOP_TEXTS, End, Expected, Patient, Record, Report
from config.demo.cast import BECK, LIND, MENON, NORTHWEST, OSEI, VARGA
from config.demo.story import Scene, Story

_TOLD = frozenset({"emergency_pain", "emergency_surgeon", "ed_took_over", "safe"})
_BOTH_SIDES = frozenset({OSEI.full_name, LIND.full_name, MENON.full_name, NORTHWEST.desk})


def _the_ladder_climbs(scene: Scene) -> None:
    # The surgeon on call and the backup stay silent; a third surgeon of the group answers.
    scene.minutes_pass(0.5)
    scene.replies(OSEI, "1")
    scene.reaches_the_patient(OSEI)
    scene.taps_seen(VARGA)
    scene.accepts(VARGA)
    # Busy with the patient, the pain physician is reminded of the call to the hospital.
    scene.receives(OSEI, "sms", "ed_handover_task")
    scene.hands_over(OSEI)
    scene.hears_that_the_patient_arrived(OSEI)
    scene.hears_that_it_is_safe(OSEI)
    scene.days_pass(0.5)
    scene.sees(VARGA, "Saddle numb to S3, S1 power 4 on both sides.", "Theatre at once.")
    scene.reports(
        VARGA,
        Report(
            "CO_MANAGEMENT",
            "Yes. Decompressed at L5-S1 this evening, a large sequestered disc.",
            "We keep the catheter and test the bladder in a week. Lakeside sees her in six weeks "
            "for nerve pain.",
            diagnosis="Cauda equina syndrome with retention; MRI and signs agree.",
            examination="As referred; anal tone reduced, which was unknown.",
            options="None but surgery: she was told why, and agreed.",
            follow_up="Spine clinic in two weeks, then shared with Lakeside.",
        ),
    )
    scene.closes(OSEI)


def _the_first_surgeon_passes(scene: Scene) -> None:
    scene.minutes_pass(0.5)
    scene.taps_cannot(MENON, "IN_THEATRE")
    scene.taps_seen(OSEI)
    scene.receives(BECK, "sms")
    scene.minutes_pass(1.5)
    scene.taps_accept(BECK)
    scene.reaches_the_patient(OSEI)
    scene.hands_over(OSEI)
    scene.hears_that_the_patient_arrived(OSEI)
    scene.hears_that_it_is_safe(OSEI)
    # The operation is in the morning: the report cannot be here today.
    scene.sees(BECK, "No deficit, lying flat. CT as reported.", "Fixation tomorrow at 07:30.")


def _the_hospital_takes_over(scene: Scene) -> None:
    # No surgeon answers in time: a spoken handover to the emergency department ends the ringing.
    # Nobody has accepted, so nobody reports yet.
    scene.taps_seen(OSEI)
    scene.reaches_the_patient(OSEI)
    scene.receives(MENON, "voice")
    scene.minutes_pass(4)
    scene.hands_over(OSEI)
    scene.hears_that_the_patient_arrived(OSEI)
    scene.hears_that_it_is_safe(OSEI)


EMERGENCIES: tuple[Story, ...] = (
    Story(
        id="cauda-equina",
        name="cauda equina syndrome",
        article="bladder, saddle numbness, both legs weak: emergency surgery, not pain management",
        sender=OSEI,
        record=Record(
            patient=Patient("Rivera", 52, "female"),
            reason_code="RED_FLAG",
            question="Retention and saddle numbness since yesterday: decompress now?",
            note="Known L5-S1 disc. Since yesterday morning cannot pass urine; numb where she "
            "sits; both legs give way on the stairs. Bladder scan here 800 mL. Last ate at 11:00.",
            findings={
                "spine_pain_new_or_worse": "present",
                "leg_pain_bilateral": "present",
                "leg_pain_bilateral_days": 2,
                "leg_pain_bilateral_course": "worsening",
                "urinary_retention": "present",
                "pvr_ml": {"value": 800, "unit": "mL"},
                "saddle_sensory_change": "present",
                "anal_tone_reduced": "unknown",
                "leg_weakness_bilateral": "present",
                "ces_onset_days": 1,
                "ces_course": "worsening",
                "motor_onset_days": 1,
                "motor_course": "new",
            },
            codes=(("M51.17", "reason"),),
        ),
        must=Expected(
            tier="EMERGENCY",
            told_first=_BOTH_SIDES,
            fires=frozenset({"RF-CES-1", "RF-CES-2", "RF-CES-3"}),
            silent=frozenset({"RF-PP-1", "RF-TUM-1", "RF-FX-1"}),
            alerted=True,
            acknowledged=frozenset(
                {("pain", OSEI.full_name, "sms"), ("spine", VARGA.full_name, "link")}
            ),
            accepted_by=VARGA.full_name,
            ends=End(reported_by=VARGA.full_name, closed_by=OSEI.full_name),
            rung=3,
            texts=_TOLD | LOOP_TEXTS | {"taken", "ed_handover_task"},
            events=frozenset({"referral.handed_over", "referral.arrival_recorded", "alert.closed"}),
        ),
        tell=_the_ladder_climbs,
    ),
    Story(
        id="unstable-fracture",
        name="acute fracture with instability",
        article="acute spinal fracture with instability: surgery may be the right path",
        sender=OSEI,
        record=Record(
            patient=Patient("Kowalski", 46, "male"),
            reason_code="RED_FLAG",
            question="Unstable L1 burst fracture, no deficit yet: immobilise and transfer?",
            note="Fell 3 m from a ladder yesterday, walked in today. CT: L1 burst with a split of "
            "the posterior elements, reported as B2. Legs strong, bladder normal. Lying flat here.",
            findings={
                "spine_pain_new_or_worse": "present",
                "trauma_high_energy": "present",
                "trauma_days": 1,
                "fracture_confirmed": "present",
                "fracture_region": "thoracolumbar",
                "ao_type": "B2",
                "tlics": 7,
                "new_neuro_deficit": "absent",
                "age": 46,
            },
            codes=(("S32.012A", "reason"),),
        ),
        must=Expected(
            tier="EMERGENCY",
            told_first=_BOTH_SIDES,
            fires=frozenset({"RF-FX-2", "RF-FX-3"}),
            silent=frozenset({"RF-FX-1", "RF-TUM-1"}),
            alerted=True,
            acknowledged=frozenset(
                {("pain", OSEI.full_name, "link"), ("spine", BECK.full_name, "link")}
            ),
            accepted_by=BECK.full_name,
            ends=End(status="seen", move="receiver: report"),
            texts=_TOLD | {"taken"},
            events=frozenset({"referral.passed", "alert.closed"}),
        ),
        tell=_the_first_surgeon_passes,
    ),
    Story(
        id="tumour",
        name="metastasis pressing on the cord",
        article="spinal infection or tumour: not a pain management problem",
        sender=OSEI,
        record=Record(
            patient=Patient("Abara", 61, "female"),
            reason_code="RED_FLAG",
            question="Breast cancer under treatment, T8 lesion, unsteady for five days: cord?",
            note="Referred to us for an intercostal block; we did not do it. Cannot lie flat at "
            "night. Walks holding the wall since Friday. MRI from oncology shows a T8 metastasis.",
            findings={
                "spine_pain_new_or_worse": "present",
                "pain_region": "thoracic",
                "night_pain": "present",
                "cancer_history": "present",
                "imaging_spinal_tumour": "present",
                "gait_disturbance_new": "present",
                "leg_weakness_bilateral": "present",
                "motor_onset_days": 5,
                "motor_course": "worsening",
                "urinary_retention": "absent",
            },
            codes=(("C79.51", "reason"),),
        ),
        must=Expected(
            tier="EMERGENCY",
            told_first=_BOTH_SIDES,
            fires=frozenset({"RF-TUM-1", "RF-TUM-3", "RF-CES-3"}),
            silent=frozenset({"RF-CES-1", "RF-INF-1"}),
            alerted=True,
            acknowledged=frozenset({("pain", OSEI.full_name, "link")}),
            accepted_by="",
            ends=End(status="sent", move="sender: decide_next"),
            rung=1,
            texts=_TOLD,
            events=frozenset({"referral.handed_over", "referral.arrival_recorded", "alert.closed"}),
        ),
        tell=_the_hospital_takes_over,
    ),
)
