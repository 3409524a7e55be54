"""A fusion offered after one visit and one MRI: the article's own opening question."""

from config.demo.case import ELECTIVE_TEXTS, End, Expected, Patient, Record, Report
from config.demo.cast import BECK, FOX_RIVER, OSEI
from config.demo.story import Scene, Story


def _he_calls_it_off_and_comes_after_all(scene: Scene) -> None:
    scene.answers_elective(BECK)
    # Therapy first, he says; six weeks later he wants to hear it all the same.
    scene.calls_off(OSEI, "PATIENT_WITHDREW")
    scene.agrees_to_cancel(BECK)
    scene.days_pass(6)
    scene.sends_anew(OSEI, after="cancelled")
    scene.answers_elective(BECK)
    scene.books(BECK, days=3)
    scene.reports(
        BECK,
        Report(
            "CONSERVATIVE_CARE",
            "No, he does not have to. Nothing on films or MRI asks for a fusion now.",
            "Six more weeks of therapy; Lakeside looks at the facet joints and the discs.",
            diagnosis="Disc wear L4-S1 without instability; pain is better since therapy.",
            examination="Power full, bends further than in the referral.",
            options="Therapy, blocks, basivertebral ablation, fusion: in this order.",
            follow_up="Discharged to Lakeside.",
            back="CONSERVATIVE_BETTER",
        ),
    )
    scene.closes(OSEI)


SECOND_OPINION: tuple[Story, ...] = (
    Story(
        id="second-opinion",
        name="second opinion: one visit, one MRI",
        article="one visit, one MRI, little said of other ways: a second opinion may help",
        sender=OSEI,
        to=FOX_RIVER,
        record=Record(
            patient=Patient("Carver", 55, "male"),
            reason_code="SECOND_SURGICAL_OPINION",
            question="L4-S1 fusion offered after one visit and one MRI: do I have to do this?",
            note="Disc wear L4-S1, no slip on standing films, power full. Physical therapy never "
            "tried. Brings the MRI and the recommendation in writing.",
            findings={
                "spine_pain": "present",
                "spine_pain_new_or_worse": "absent",
                "leg_pain_unilateral": "absent",
                "mrc_min": 5,
                "dynamic_translation_mm": {"value": 1.5, "unit": "mm"},
                "new_neuro_deficit": "absent",
                "saddle_sensory_change": "absent",
                "bladder_change_new": "absent",
            },
            codes=(("M51.360", "reason"),),
        ),
        must=Expected(
            tier="ROUTINE",
            told_first=frozenset({FOX_RIVER.desk}),
            silent=frozenset({"RF-CES-2", "SI-1", "RF-SPO-1"}),
            accepted_by=BECK.full_name,
            ends=End(reported_by=BECK.full_name, closed_by=OSEI.full_name),
            texts=ELECTIVE_TEXTS | {"cancellation_requested", "cancelled", "scheduled"},
            events=frozenset({"referral.reopened"}),
        ),
        tell=_he_calls_it_off_and_comes_after_all,
    ),
)
