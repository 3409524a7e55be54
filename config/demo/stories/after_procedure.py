"""A complication after a procedure: the pain physician goes first, the surgeon stands by."""

from config.demo.case import LOOP_TEXTS, End, Expected, Patient, Record, Report
from config.demo.cast import LIND, MENON, OSEI
from config.demo.story import Scene, Story


def _the_pain_physician_goes_first(scene: Scene) -> None:
    scene.minutes_pass(2)
    scene.taps_seen(OSEI)
    scene.minutes_pass(5)
    scene.reaches_the_patient(OSEI, transport="driven")
    # The surgeon's own ladder would begin an hour later; a telephone call came first.
    scene.acknowledges(MENON)
    scene.accepts(MENON, place="DEMO Lakeside Pain Clinic, seen with Dr Osei", in_minutes=120)
    scene.hears_that_it_is_safe(OSEI)
    scene.days_pass(0.5)
    scene.sees(MENON, "Legs 5 of 5, saddle normal, no fever.", "MRI now, and wait for it.")
    scene.reports(
        MENON,
        Report(
            "NO_SURGERY_NOW",
            "MRI: a little fluid at L4-5, no haematoma, nothing presses on the sac.",
            "She sleeps at home; Lakeside calls her tomorrow morning and in three days.",
            diagnosis="Pain after an epidural injection, no collection that needs a surgeon.",
            examination="No deficit, unchanged within four hours.",
            options="Watching at home against one night in hospital; she chose home.",
            follow_up="Back to Lakeside; to us at once for weakness, fever or retention.",
        ),
    )
    scene.closes(OSEI)


AFTER_PROCEDURE: tuple[Story, ...] = (
    Story(
        id="after-injection",
        name="worse pain two days after an injection",
        article="not in the article: pain practices cause and see these; the performer looks first",
        sender=OSEI,
        record=Record(
            patient=Patient("Silva", 49, "female"),
            reason_code="POST_PROCEDURE_COMPLICATION",
            question="Escalating pain two days after an L4-5 epidural: stand by for MRI today?",
            note="Interlaminar L4-5 steroid injection on Monday, easy. Since last night pain "
            "beyond the usual soreness. Afebrile, no blood thinner, legs and bladder normal.",
            findings={
                "severe_or_escalating_back_pain": "present",
                "days_since_neuraxial_procedure": 2,
                "temp_c": {"value": 36.9, "unit": "Cel"},
                "fever_reported": "absent",
                "wound_signs": "absent",
                "anticoagulant_or_antiplatelet": "absent",
                "new_neuro_deficit": "absent",
                "leg_weakness_bilateral": "absent",
                "urinary_retention": "absent",
                "saddle_sensory_change": "absent",
            },
            codes=(("M54.16", "reason"),),
        ),
        must=Expected(
            tier="SAME_DAY",
            told_first=frozenset({OSEI.full_name, LIND.full_name}),
            fires=frozenset({"RF-PP-7"}),
            silent=frozenset({"RF-PP-1", "RF-PP-2", "RF-INF-1"}),
            alerted=True,
            acknowledged=frozenset({("pain", OSEI.full_name, "link")}),
            accepted_by=MENON.full_name,
            ends=End(reported_by=MENON.full_name, closed_by=OSEI.full_name),
            texts=LOOP_TEXTS | {"same_day_pain", "taken", "safe"},
            events=frozenset({"alert.closed"}),
        ),
        tell=_the_pain_physician_goes_first,
    ),
)
