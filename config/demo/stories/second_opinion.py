"""A fusion offered after one visit and one MRI: the article's own opening question."""

from config.demo.case import ELECTIVE_TEXTS, Expected, Patient, Record
from config.demo.cast import BECK, FOX_RIVER, OSEI
from config.demo.story import Scene, Story


def _another_surgeon_takes_it(scene: Scene) -> None:
    scene.answers_elective(BECK)


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
            texts=ELECTIVE_TEXTS,
        ),
        tell=_another_surgeon_takes_it,
    ),
)
