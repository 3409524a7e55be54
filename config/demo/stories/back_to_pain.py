"""Three patients whom the surgeon sends back, one for each of the article's reasons.

The first answers a referral that the pain clinic had sent.
"""

from config.demo.case import ELECTIVE_TEXTS, End, Expected, Patient, Record, Report
from config.demo.cast import LAKESIDE, MENON, OSEI
from config.demo.story import Scene, Story


def _mild_is_done(scene: Scene) -> None:
    scene.answers_elective(OSEI)
    scene.books(OSEI, days=4)
    scene.sees(OSEI, "Walks one block; ligament 5 mm at L4-5.", "MILD next week.")
    scene.days_pass(5)
    scene.reports(
        OSEI,
        Report(
            "NO_SURGERY_NOW",
            "Yes. MILD at L4-5 was done; she walks six blocks.",
            "We see her again in three months. No laminectomy for now.",
            diagnosis="Claudication by a thick ligament, better after MILD.",
            examination="Power full, no new sign after the procedure.",
            options="MILD, injection, laminectomy; she chose MILD.",
            follow_up="Stays with Lakeside; to Northwest again if it comes back.",
        ),
    )
    scene.closes(MENON)


def _he_can_lie_down_for_it(scene: Scene) -> None:
    scene.answers_elective(OSEI)
    scene.asks(OSEI, "Can he lie prone for an hour with his oxygen, under light sedation?")
    scene.answers(MENON, "Yes: 2 L at rest, 94 percent lying prone; his lung doctor agrees.")
    scene.books(OSEI, days=5)
    scene.reports(
        OSEI,
        Report(
            "NO_SURGERY_NOW",
            "Yes, basivertebral ablation at L4, L5 and S1 fits, and he wants it.",
            "Ablation next week under light sedation; we tell you how he is at three months.",
            diagnosis="Vertebrogenic pain, Modic 1 and 2; MRI and pain agree.",
            examination="Midline pain on bending and sitting, neurology normal.",
            options="Ablation, going on with therapy, fusion, which his lungs forbid.",
            follow_up="Stays with Lakeside.",
        ),
    )
    scene.closes(MENON)


def _the_trial_works(scene: Scene) -> None:
    scene.answers_elective(OSEI)
    scene.books(OSEI, days=3)
    scene.sees(OSEI, "Burning left leg, power 5, scar quiet.", "Trial leads next week.")
    scene.days_pass(3)
    scene.sees(OSEI, "Trial leads in for two days, no fever.", "Leads out in five days.")
    scene.days_pass(3)
    scene.reports(
        OSEI,
        Report(
            "NEUROMODULATION",
            "Yes. The trial took seven tenths of the leg pain; no revision now.",
            "Permanent stimulator next month, by us. Northwest need not see her.",
            diagnosis="Pain after a sound fusion L4-5; CT shows nothing to revise.",
            examination="As referred; wound of the trial clean.",
            options="Stimulator, more opioid, revision; she chose the stimulator.",
            follow_up="Stays with Lakeside; yearly films at Northwest.",
        ),
    )
    scene.closes(MENON)


BACK_TO_PAIN: tuple[Story, ...] = (
    Story(
        id="stenosis",
        name="lumbar stenosis: MILD or laminectomy",
        article="surgeons refer back when conservative care is the better fit",
        sender=MENON,
        to=LAKESIDE,
        answers="stable-claudication",
        record=Record(
            patient=Patient("Whitfield", 70, "female"),
            reason_code="CONSERVATIVE_BETTER",
            question="Claudication with a thick ligament at L4-5: MILD before a laminectomy?",
            note="Walks one block, better leaning forward, the same for years. Ligamentum flavum "
            "5 mm, no slip. A laminectomy stays possible after MILD, not the other way round.",
            findings={
                "leg_pain_bilateral": "present",
                "leg_pain_bilateral_days": 900,
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
            ends=End(reported_by=OSEI.full_name, closed_by=MENON.full_name),
            texts=ELECTIVE_TEXTS | {"scheduled"},
            events=frozenset({"referral.seen"}),
        ),
        tell=_mild_is_done,
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
            ends=End(reported_by=OSEI.full_name, closed_by=MENON.full_name),
            texts=ELECTIVE_TEXTS | {"information_requested", "information_given", "scheduled"},
        ),
        tell=_he_can_lie_down_for_it,
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
            ends=End(reported_by=OSEI.full_name, closed_by=MENON.full_name),
            texts=ELECTIVE_TEXTS | {"scheduled"},
            events=frozenset({"referral.seen"}),
        ),
        tell=_the_trial_works,
    ),
)
