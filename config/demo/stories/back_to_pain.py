"""Three patients whom the surgeon sends back, one for each of the article's reasons."""

from config.demo.case import ELECTIVE_TEXTS, Expected, Patient, Record
from config.demo.cast import LAKESIDE, MENON, OSEI
from config.demo.story import Scene, Story


def _the_pain_clinic_takes_it(scene: Scene) -> None:
    scene.answers_elective(OSEI)


BACK_TO_PAIN: tuple[Story, ...] = (
    Story(
        id="stenosis",
        name="lumbar stenosis: MILD or laminectomy",
        article="surgeons refer back when conservative care is the better fit",
        sender=MENON,
        to=LAKESIDE,
        record=Record(
            patient=Patient("Whitfield", 70, "female"),
            reason_code="CONSERVATIVE_BETTER",
            question="Claudication with a thick ligament at L3-4: MILD before a laminectomy?",
            note="Walks one block, better leaning forward, the same for a year. Ligamentum flavum "
            "5 mm, no slip. A laminectomy stays possible after MILD, not the other way round.",
            findings={
                "leg_pain_bilateral": "present",
                "leg_pain_bilateral_days": 380,
                "leg_pain_bilateral_course": "stable",
                "neurogenic_claudication_stable": "present",
                "dynamic_translation_mm": {"value": 1, "unit": "mm"},
                "mrc_min": 5,
                "saddle_sensory_change": "absent",
                "bladder_change_new": "absent",
                "urinary_retention": "absent",
                "bowel_incontinence_new": "absent",
            },
            codes=(("M48.062", "reason"),),
        ),
        must=Expected(
            tier="URGENT",
            told_first=frozenset({LAKESIDE.desk}),
            fires=frozenset({"RF-CES-7"}),
            silent=frozenset({"RF-CES-4", "SI-1"}),
            accepted_by=OSEI.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_the_pain_clinic_takes_it,
    ),
    Story(
        id="vertebrogenic",
        name="vertebrogenic pain, Modic 1 and 2",
        article="surgeons refer back when a patient is not a great surgical candidate",
        sender=MENON,
        to=LAKESIDE,
        record=Record(
            patient=Patient("Okonjo", 63, "male"),
            reason_code="NOT_SURGICAL_CANDIDATE",
            question="Modic 1 and 2 at L4-S1, lungs too poor for fusion: basivertebral ablation?",
            note="Midline pain for two years, worse sitting and bending. Endplate changes Modic 1 "
            "at L4-5, Modic 2 at L5-S1. COPD with home oxygen.",
            findings={
                "spine_pain": "present",
                "spine_pain_new_or_worse": "absent",
                "pain_region": "lumbar",
                "mrc_min": 5,
                "new_neuro_deficit": "absent",
            },
            codes=(("M54.51", "reason"),),
        ),
        must=Expected(
            tier="ROUTINE",
            told_first=frozenset({LAKESIDE.desk}),
            silent=frozenset({"RF-INF-2", "RF-TUM-3"}),
            accepted_by=OSEI.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_the_pain_clinic_takes_it,
    ),
    Story(
        id="failed-back-surgery",
        name="failed back surgery: a stimulator?",
        article="surgeons refer back when surgery has been done and pain has persisted",
        sender=MENON,
        to=LAKESIDE,
        record=Record(
            patient=Patient("Okafor", 59, "female"),
            reason_code="PERSISTENT_PAIN_AFTER_SURGERY",
            question="Pain after L4-5 fusion, hardware sound: stimulator trial before revision?",
            note="Fused 14 months ago, CT: solid, screws in place, no adjacent stenosis. Left leg "
            "burning as before surgery.",
            findings={
                "spine_pain": "present",
                "spine_pain_new_or_worse": "absent",
                "leg_pain_unilateral": "present",
                "days_since_neuraxial_procedure": 430,
                "neuraxial_implant_present": "present",
                "wound_signs": "absent",
                "mrc_min": 5,
                "opioid_mme_daily": {"value": 30, "unit": "mg/d"},
            },
            codes=(("M96.1", "reason"), ("Z98.1", "history")),
        ),
        must=Expected(
            tier="ROUTINE",
            told_first=frozenset({LAKESIDE.desk}),
            silent=frozenset({"RF-PP-1", "RF-PP-2", "RF-INF-1"}),
            accepted_by=OSEI.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_the_pain_clinic_takes_it,
    ),
)
