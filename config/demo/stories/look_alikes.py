"""Four patients who look like a red flag and are none: nobody is paged for them."""

from config.demo.case import ELECTIVE_TEXTS, End, Expected, Patient, Record, Report
from config.demo.cast import MENON, NORTHWEST, OSEI, PRAIRIE_SPINE, QUIST, SALL
from config.demo.story import Scene, Story


def _the_surgeon_sends_her_back(scene: Scene) -> None:
    # The same patient goes on in the story "stenosis", in the other direction.
    scene.answers_elective(MENON)
    scene.asks(MENON, "How far does she walk now, and are there standing films?")
    scene.answers(OSEI, "One block, the same since spring. Standing films of June: no slip.")
    scene.books(MENON, days=4)
    scene.reports(
        MENON,
        Report(
            "REFER_BACK",
            "Both would help her. MILD first: a laminectomy stays possible after it.",
            "We send her back to you with that question this week; no surgery is booked.",
            diagnosis="Central stenosis L4-5 by a thick ligament, no slip; all agree.",
            examination="As referred: power full, both pulses felt, bladder normal.",
            options="MILD, laminectomy, or going on as now; she wants the smaller step first.",
            follow_up="Discharged to Lakeside; to us again if MILD does not hold.",
            back="CONSERVATIVE_BETTER",
        ),
    )
    scene.closes(OSEI)


def _one_declines_and_the_next_sees_her(scene: Scene) -> None:
    scene.declines(MENON, "NO_CAPACITY", "First visit in eleven weeks; nearer to you is better.")
    scene.sends_anew(SALL, after="declined")
    scene.answers_elective(QUIST)
    scene.books(QUIST, days=5)
    scene.reports(
        QUIST,
        Report(
            "CONSERVATIVE_CARE",
            "A surgeon would do nothing here: facet pain, and the ablations work.",
            "Repeat the ablation when it wears off, at nine months or later.",
            diagnosis="Facet pain L4-5 and L5-S1, no fracture on the new films.",
            examination="Extension painful, neurology normal, no midline tenderness.",
            options="Ablation again, therapy, or fusion, which was advised against.",
            follow_up="Discharged to Prairie Pain.",
            back="CONSERVATIVE_BETTER",
        ),
    )
    scene.closes(SALL)


def _he_does_not_come_at_first(scene: Scene) -> None:
    scene.answers_elective(MENON)
    scene.books(MENON, days=3)
    scene.misses_the_patient(MENON)
    scene.minutes_pass(2)
    # He had written down the wrong day.
    scene.books(MENON, days=3)
    scene.sees(MENON, "Left L5 pain on stretching, power 5, saddle normal.", "Report tomorrow.")
    scene.days_pass(1)
    scene.reports(
        MENON,
        Report(
            "SURGERY_OFFERED",
            "Yes, microdiscectomy L4-5 is reasonable; it does not hurry.",
            "He decides within two weeks and calls us. Urology goes on as before.",
            diagnosis="Left L4-5 disc on the L5 root; MRI and pain agree. Bladder: prostate.",
            examination="As referred, no new sign; scan 205 mL, unchanged.",
            options="A third injection, waiting to twelve weeks, or surgery.",
            follow_up="With us if he chooses surgery, else back to Lakeside.",
        ),
    )
    scene.closes(OSEI)


def _advice_is_enough(scene: Scene) -> None:
    scene.answers_elective(QUIST)
    scene.days_pass(1)
    scene.advises(
        QUIST,
        Report(
            "ADVICE_ONLY",
            "Yes, MRI of the whole spine with contrast first, within two weeks.",
            "Prairie Pain orders the MRI, and tells her what to come at once for. Any lesion: "
            "call me.",
            warned=False,
        ),
    )
    scene.closes(SALL)


LOOK_ALIKES: tuple[Story, ...] = (
    Story(
        id="stable-claudication",
        name="stable claudication, severe stenosis",
        article="pain after walking a block, relief bending forward: a judgment call, no emergency",
        sender=OSEI,
        record=Record(
            patient=Patient("Whitfield", 70, "female"),
            reason_code="FAILED_NONSURGICAL_SEQUENCE",
            question="Severe L4-5 stenosis, the same for years: decompression, or MILD first?",
            note="Both legs ache after a block, gone over the shopping cart. The same for years. "
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
            ends=End(reported_by=MENON.full_name, closed_by=OSEI.full_name),
            texts=ELECTIVE_TEXTS | {"information_requested", "information_given", "scheduled"},
        ),
        tell=_the_surgeon_sends_her_back,
    ),
    Story(
        id="old-fall",
        name="an old fall, healed and imaged",
        article="only an acute fracture with instability is surgery first; this one is neither",
        sender=SALL,
        to=NORTHWEST,
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
            accepted_by=QUIST.full_name,
            ends=End(reported_by=QUIST.full_name, closed_by=SALL.full_name),
            texts=ELECTIVE_TEXTS | {"declined", "scheduled"},
            events=frozenset({"referral.reopened"}),
        ),
        tell=_one_declines_and_the_next_sees_her,
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
            ends=End(reported_by=MENON.full_name, closed_by=OSEI.full_name),
            texts=ELECTIVE_TEXTS | {"scheduled", "no_show"},
            events=frozenset({"referral.seen"}),
        ),
        tell=_he_does_not_come_at_first,
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
            ends=End(reported_by=QUIST.full_name, closed_by=SALL.full_name),
            texts=ELECTIVE_TEXTS,
        ),
        tell=_advice_is_enough,
    ),
)
