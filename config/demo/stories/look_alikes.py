"""Four patients who look like a red flag and are none: nobody is paged for them."""

from config.demo.case import ELECTIVE_TEXTS, Expected, Patient, Record
from config.demo.cast import MENON, NORTHWEST, OSEI, PRAIRIE_SPINE, QUIST, SALL
from config.demo.story import Scene, Story


def _northwest_takes_it(scene: Scene) -> None:
    scene.answers_elective(MENON)


def _prairie_takes_it(scene: Scene) -> None:
    scene.answers_elective(QUIST)


LOOK_ALIKES: tuple[Story, ...] = (
    Story(
        id="stable-claudication",
        name="stable claudication, severe stenosis",
        article="pain after walking a block, relief bending forward: a judgment call, no emergency",
        sender=OSEI,
        record=Record(
            patient=Patient("Novak", 74, "male"),
            reason_code="FAILED_NONSURGICAL_SEQUENCE",
            question="Severe L4-5 stenosis, the same for years: decompression, or MILD first?",
            note="Both legs ache after a block, gone over the shopping cart. Unchanged since 2023. "
            "Bladder, bowel and saddle asked in plain words: all as ever.",
            findings={
                "leg_pain_bilateral": "present",
                "leg_pain_bilateral_days": 900,
                "leg_pain_bilateral_course": "stable",
                "neurogenic_claudication_stable": "present",
                "imaging_severe_stenosis": "present",
                "saddle_sensory_change": "absent",
                "bladder_change_new": "absent",
                "urinary_retention": "absent",
                "bowel_incontinence_new": "absent",
            },
            codes=(("M48.062", "reason"),),
        ),
        must=Expected(
            tier="URGENT",
            told_first=frozenset({NORTHWEST.desk}),
            fires=frozenset({"RF-CES-7"}),
            silent=frozenset({"RF-CES-1", "RF-CES-2", "RF-CES-4"}),
            accepted_by=MENON.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_northwest_takes_it,
    ),
    Story(
        id="old-fall",
        name="an old fall, healed and imaged",
        article="only an acute fracture with instability is surgery first; this one is neither",
        sender=OSEI,
        record=Record(
            patient=Patient("Larsen", 72, "female"),
            reason_code="SURGICAL_OPINION_REQUESTED_BY_PATIENT",
            question="Facet pain after three good ablations; patient asks what a surgeon would do.",
            note="Slipped in the kitchen eight months ago; films and CT then showed no fracture. "
            "Pain is the old facet pain, not new.",
            findings={
                "spine_pain": "present",
                "spine_pain_new_or_worse": "absent",
                "trauma_low_energy": "present",
                "trauma_days": 240,
                "trauma_cleared_by_imaging": "present",
                "fracture_confirmed": "absent",
                "new_neuro_deficit": "absent",
                "age": 72,
                "sex": "female",
            },
            codes=(("M47.816", "reason"),),
        ),
        must=Expected(
            tier="ROUTINE",
            told_first=frozenset({NORTHWEST.desk}),
            silent=frozenset({"RF-FX-1", "RF-FX-2", "RF-FX-3", "RF-FX-7"}),
            accepted_by=MENON.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_northwest_takes_it,
    ),
    Story(
        id="prostate",
        name="enlarged prostate, old urinary trouble",
        article="bowel or bladder dysfunction is the emergency; a slow stream for years is not",
        sender=OSEI,
        record=Record(
            patient=Patient("Brandt", 74, "male"),
            reason_code="FAILED_NONSURGICAL_SEQUENCE",
            question="Left L5 sciatica after two injections: microdiscectomy?",
            note="Slow stream for six years, on tamsulosin, urology follows: scan 210 mL last year "
            "and again today. Saddle and anal tone normal, examined.",
            findings={
                "leg_pain_unilateral": "present",
                "pvr_ml": {"value": 210, "unit": "mL"},
                "bladder_bowel_baseline_unchanged": "present",
                "urinary_retention": "absent",
                "saddle_sensory_change": "absent",
                "bowel_incontinence_new": "absent",
                "anal_tone_reduced": "absent",
                "age": 74,
                "sex": "male",
            },
            codes=(("M51.16", "reason"), ("N40.1", "history"), ("R39.12", "history")),
        ),
        must=Expected(
            tier="URGENT",
            told_first=frozenset({NORTHWEST.desk}),
            fires=frozenset({"RF-CES-7"}),
            silent=frozenset({"RF-CES-1", "RF-CES-2"}),
            accepted_by=MENON.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_northwest_takes_it,
    ),
    Story(
        id="remote-cancer",
        name="cancer fourteen years ago",
        article="a tumour is not a pain management problem; a cured one long ago is context",
        sender=SALL,
        record=Record(
            patient=Patient("Moreau", 66, "female"),
            reason_code="SURGICAL_OPINION_REQUESTED_BY_PATIENT",
            question="New mechanical back pain after gardening; breast cancer 2012: MRI first?",
            note="Discharged from oncology in 2017. Pain on bending, not at night; no weight loss.",
            findings={
                "spine_pain_new_or_worse": "present",
                "cancer_history": "present",
                "night_pain": "absent",
                "pain_tumour_pattern": "absent",
                "unexplained_weight_loss": "absent",
                "new_neuro_deficit": "absent",
                "age": 66,
            },
            codes=(("M47.816", "reason"), ("Z85.3", "history")),
        ),
        must=Expected(
            tier="URGENT",
            told_first=frozenset({PRAIRIE_SPINE.desk}),
            fires=frozenset({"RF-TUM-5"}),
            silent=frozenset({"RF-TUM-1", "RF-TUM-3", "RF-TUM-4"}),
            accepted_by=QUIST.full_name,
            texts=ELECTIVE_TEXTS,
        ),
        tell=_prairie_takes_it,
    ),
)
