"""Three same-day cases: power that falls, an infected disc, a high-grade slip with nerve signs.

Each patient is seen the same day, and the report comes back in the evening.
"""

from config.demo.case import LOOP_TEXTS, DaysAgo, End, Expected, Patient, Record, Report
from config.demo.cast import (
    LIND,
    MENON,
    NORTHWEST,
    OSEI,
    PRAIRIE_SPINE,
    QUIST,
    REYES,
    SALL,
)
from config.demo.story import Scene, Story

_TOLD = LOOP_TEXTS | {"same_day_pain", "same_day_surgeon", "taken", "safe"}
_CES_ASKED = {
    "saddle_sensory_change": "absent",
    "bladder_change_new": "absent",
    "urinary_retention": "absent",
    "bowel_incontinence_new": "absent",
}


def _the_surgeon_presses_a_key(scene: Scene) -> None:
    # In clinic, the phone in a pocket: the SMS goes unread, the call is taken.
    scene.minutes_pass(3)
    scene.taps_seen(OSEI)
    scene.reaches_the_patient(OSEI, transport="driven")
    scene.presses(MENON, "1")
    scene.accepts(MENON, place="DEMO Northwest Spine, clinic", in_minutes=150)
    scene.hears_that_it_is_safe(OSEI)
    scene.days_pass(0.5)
    scene.sees(
        MENON, "Right L5 power 3 again, by a second examiner.", "Theatre, the day after tomorrow."
    )
    scene.reports(
        MENON,
        Report(
            "SURGERY_PLANNED",
            "Yes: microdiscectomy L4-5 within two days, before more power is lost.",
            "We operate the day after tomorrow. Lakeside gives no further injection.",
            diagnosis="Right L4-5 disc on the L5 root; MRI, examination and pain agree.",
            examination="L5 right 3 of 5, the same as yesterday; bladder and saddle normal.",
            options="Waiting and a third injection were discussed; he declined both.",
            follow_up="Wound check with us, then therapy; discharge to Lakeside at six weeks.",
        ),
    )
    scene.closes(OSEI)


def _the_answering_service_is_called(scene: Scene) -> None:
    # No machine reaches the solo surgeon: the network's coordinator dials and types the outcome.
    scene.minutes_pass(3)
    scene.taps_seen(SALL)
    scene.reaches_the_patient(SALL, transport="driven")
    scene.dials(REYES, QUIST)
    scene.minutes_pass(4)
    scene.acknowledges(QUIST)
    scene.accepts(QUIST, in_minutes=120)
    scene.hears_that_it_is_safe(SALL)
    scene.days_pass(0.5)
    scene.sees(QUIST, "38.4 C, no deficit. Not septic.", "Blood cultures now, biopsy tomorrow.")
    scene.reports(
        QUIST,
        Report(
            "MORE_IMAGING_OR_TESTS",
            "Admitted under me. Cultures are taken; antibiotics wait for the biopsy at 08:00.",
            "Biopsy tomorrow, infectious diseases see him after it. Prairie Pain: no procedure "
            "until the infection is cleared.",
            diagnosis="Discitis L3-4 without abscess; MRI and blood tests agree.",
            examination="As referred, no deficit; watched every four hours.",
            options="Six weeks of antibiotics first; surgery only for deficit or collapse.",
            follow_up="Spine clinic with MRI in six weeks; then back to Prairie Pain.",
        ),
    )
    scene.closes(SALL)


def _the_offices_own_system_answers(scene: Scene) -> None:
    scene.receives_webhook(NORTHWEST)
    scene.minutes_pass(2)
    scene.acknowledges(MENON)
    scene.minutes_pass(2)
    scene.acknowledges(OSEI)
    scene.reaches_the_patient(OSEI, transport="driven")
    scene.accepts(MENON, place="DEMO Northwest Spine, clinic", in_minutes=180)
    scene.hears_that_it_is_safe(OSEI)
    scene.days_pass(0.5)
    scene.sees(MENON, "Left L5 numb, power full. Slip 60 percent standing.", "CT this week.")
    scene.reports(
        MENON,
        Report(
            "SURGERY_OFFERED",
            "Fusion L4 to S1 is offered; how much to reduce is decided on the CT.",
            "CT this week, her decision by the end of next week. Lakeside: no manipulation.",
            diagnosis="Grade III slip L5-S1 with L5 root signs; films and signs agree.",
            examination="Numbness as referred, no weakness; bladder and saddle normal.",
            options="A brace and root blocks were discussed; they would not hold the slip.",
            follow_up="With us until she has decided; she calls at once if power falls.",
        ),
    )
    scene.closes(OSEI)


SAME_DAY: tuple[Story, ...] = (
    Story(
        id="progressive-weakness",
        name="weakness getting worse week over week",
        article="progressive neurologic decline from a compressing lesion: a surgical decision",
        sender=OSEI,
        record=Record(
            patient=Patient("Haddad", 57, "male"),
            reason_code="SEVERE_OR_PROGRESSIVE_WEAKNESS",
            question="L5 power fell from 4 to 3 in three weeks: decompress before it goes on?",
            note="Big toe and ankle weaker at each visit, same examiner. MRI three weeks ago: L4-5 "
            "disc on the right L5 root. Two injections before that; we stop here.",
            findings={
                "leg_pain_unilateral": "present",
                "mrc_myotomes": {
                    "L5_R": [
                        {"grade": 4, "date": DaysAgo(22), "examiner": "DEMO Osei"},
                        {"grade": 3, "date": DaysAgo(1), "examiner": "DEMO Osei"},
                    ]
                },
                "motor_onset_days": 40,
                "patient_reports_worsening_weakness": "present",
                "concordant_compression_on_imaging": "present",
                **_CES_ASKED,
            },
            codes=(("M51.16", "reason"),),
        ),
        must=Expected(
            tier="SAME_DAY",
            told_first=frozenset({OSEI.full_name, LIND.full_name, MENON.full_name, NORTHWEST.desk}),
            fires=frozenset({"RF-NEU-2", "RF-NEU-4", "SI-2"}),
            silent=frozenset({"RF-NEU-3", "RF-CES-4"}),
            alerted=True,
            acknowledged=frozenset(
                {("pain", OSEI.full_name, "link"), ("spine", MENON.full_name, "voice")}
            ),
            accepted_by=MENON.full_name,
            ends=End(reported_by=MENON.full_name, closed_by=OSEI.full_name),
            texts=_TOLD,
            rung=1,
            events=frozenset({"alert.closed"}),
        ),
        tell=_the_surgeon_presses_a_key,
    ),
    Story(
        id="infection",
        name="spinal infection",
        article="spinal infection or tumour: not a pain management problem",
        sender=SALL,
        record=Record(
            patient=Patient("Petrov", 58, "male"),
            reason_code="RED_FLAG",
            question="L3-4 discitis with fever, no deficit: cultures, then who takes him?",
            note="Diabetic, back pain new for two weeks, sweats, 38.6 C here. MRI today: discitis "
            "L3-4, no abscess. Not septic. No antibiotic given yet.",
            findings={
                "spine_pain_new_or_worse": "present",
                "temp_c": {"value": 38.6, "unit": "Cel"},
                "crp_mg_l": {"value": 14.8, "unit": "mg/dL"},
                "esr_mm_h": {"value": 92, "unit": "mm/h"},
                "infection_minor_risk_count": 1,
                "imaging_discitis_osteomyelitis": "present",
                "imaging_epidural_abscess": "absent",
                "sepsis_signs": "absent",
                "new_neuro_deficit": "absent",
                "age": 58,
                "sex": "male",
            },
            codes=(("M46.46", "reason"), ("E11.9", "history")),
        ),
        must=Expected(
            tier="SAME_DAY",
            told_first=frozenset({SALL.full_name, PRAIRIE_SPINE.desk}),
            fires=frozenset({"RF-INF-2", "RF-INF-3"}),
            silent=frozenset({"RF-INF-1", "RF-PP-2"}),
            alerted=True,
            acknowledged=frozenset(
                {("pain", SALL.full_name, "link"), ("spine", QUIST.full_name, "api")}
            ),
            accepted_by=QUIST.full_name,
            ends=End(reported_by=QUIST.full_name, closed_by=SALL.full_name),
            texts=_TOLD | {"call_task"},
            rung=1,
            events=frozenset({"call.recorded", "alert.closed"}),
        ),
        tell=_the_answering_service_is_called,
    ),
    Story(
        id="high-grade-slip",
        name="high-grade slip with nerve signs",
        article="high-grade spondylolisthesis with neurologic symptoms: surgical territory",
        sender=OSEI,
        record=Record(
            patient=Patient("Nguyen", 33, "female"),
            reason_code="INSTABILITY_OR_HIGH_GRADE_LISTHESIS",
            question="Grade III slip at L5-S1 with L5 numbness: reduce and fuse?",
            note="Standing films: slip 58 percent. Top of the left foot numb for three weeks, "
            "power full. Bladder, bowel and saddle asked: no change.",
            findings={
                "meyerding_grade": 3,
                "slip_pct": {"value": 58, "unit": "%"},
                "neuro_symptoms_any": "present",
                "leg_pain_unilateral": "present",
                "mrc_min": 5,
                **_CES_ASKED,
            },
            codes=(("M43.17", "reason"),),
        ),
        must=Expected(
            tier="SAME_DAY",
            told_first=frozenset({OSEI.full_name, LIND.full_name, MENON.full_name, NORTHWEST.desk}),
            fires=frozenset({"RF-SPO-1", "SI-1"}),
            silent=frozenset({"RF-SPO-2", "RF-CES-4"}),
            alerted=True,
            acknowledged=frozenset(
                {("pain", OSEI.full_name, "api"), ("spine", MENON.full_name, "api")}
            ),
            accepted_by=MENON.full_name,
            ends=End(reported_by=MENON.full_name, closed_by=OSEI.full_name),
            texts=_TOLD,
            events=frozenset({"alert.closed"}),
        ),
        tell=_the_offices_own_system_answers,
    ),
)
