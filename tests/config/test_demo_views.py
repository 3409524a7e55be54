"""What a person watches: the board, the picture of it, the lines, and the summary."""

from io import StringIO

import pytest
from rich.console import Console

from config.demo import summary, texts, views
from config.demo.board import Board, pace_in_words
from config.demo.case import Case
from coordination.messages import MESSAGES

CASE = "R-J57GH"


def board_with(*messages: dict, **changed: object) -> Board:
    given = {"reference": CASE, "tier": "EMERGENCY", "sent_at": "2026-11-25T10:00:00+00:00"}
    board = Board([Case("a", "a long name of a case", "the article", **(given | changed))], 60.0)
    for message in messages:
        board.notice(message)
    return board


def sms(body: str, **changed: object) -> dict:
    given = {"channel": "sms", "to": "+15550100201", "at": "2026-11-25T10:00:02+00:00"}
    return given | {"body": body, "details": {}} | changed


def terminal(width: int = 80, **options: object) -> Console:
    return Console(file=StringIO(), force_terminal=True, width=width, _environ={}, **options)


def test_the_feed_names_the_person_and_the_time_since_sending() -> None:
    [fed] = board_with(sms(f"TANDEM EMERGENCY {CASE}.")).feed
    assert (fed.to, fed.way, fed.seconds) == ("Dr DEMO Ravi Menon", "SMS", 2.0)


def test_a_call_that_spells_the_reference_is_found() -> None:
    assert board_with(sms("Reference R, J, 5, 7, G, H.", channel="voice")).feed[0].way == "call"


def test_a_message_about_another_referral_is_counted_and_not_shown() -> None:
    board = board_with(sms("TANDEM EMERGENCY R-22222."))
    assert (len(board.feed), board.received) == (0, 1)


@pytest.mark.parametrize("width", [80, 120])
def test_the_picture_fits_the_terminal(width) -> None:
    console = Console(file=StringIO(), record=True, width=width)
    console.print(views.draw(board_with(sms(f"TANDEM EMERGENCY {CASE} {'x' * 200}"))))
    shown = console.export_text()
    assert "Time runs 60 times faster: a wait of 2 minutes takes 2 seconds." in shown
    assert f"{CASE}" in shown
    assert max(map(len, shown.splitlines())) <= width


def test_a_person_at_a_terminal_gets_the_picture() -> None:
    view = views.view_for(board_with(), terminal(), print, live=True)
    assert isinstance(view, views.Picture)


@pytest.mark.parametrize(
    "console",
    [
        Console(file=StringIO()),
        Console(file=StringIO(), force_terminal=True, _environ={"TERM": "dumb"}),
    ],
    ids=["a pipe", "a dumb terminal"],
)
def test_everything_else_gets_lines(console) -> None:
    assert isinstance(views.view_for(board_with(), console, print, live=True), views.Lines)


def test_json_gets_lines_also_at_a_terminal() -> None:
    assert isinstance(views.view_for(board_with(), terminal(), print, live=False), views.Lines)


def test_a_line_is_printed_once_for_each_change() -> None:
    said: list[str] = []
    board = board_with()
    lines = views.Lines(board, said.append)
    for stands in ("sent", "sent", "told"):
        board.cases[0].stands = stands
        lines.show()
    assert [line.rsplit(": ", 1)[1] for line in said] == ["sent", "told"]


def test_what_came_after_the_acceptance_is_shown_instead_of_how_far_the_answering_was() -> None:
    case = Case("a", "a", "b", stands="safe with Menon", course="visit booked")
    assert views.standing(case) == "visit booked"


def test_the_picture_counts_the_loops_that_are_closed() -> None:
    console = Console(file=StringIO(), record=True, width=80)
    console.print(views.draw(board_with(status="closed")))
    assert "0 of 1 told, 1 loops closed" in console.export_text()


def test_a_closed_loop_tells_its_way_its_report_and_who_closed_it() -> None:
    case = Case(
        "a", "a", "b", answers=CASE, reported_by="Dr DEMO Beck", recommends="no surgery now",
        closed_by="Dr DEMO Osei",
        timeline=["referral.accepted", "referral.scheduled", "referral.no_show", "referral.seen"],
    )  # fmt: skip
    assert summary.loop(case) == (
        f"answers {CASE}; visit booked, patient did not come, seen; "
        "report by Dr DEMO Beck: no surgery now; closed by Dr DEMO Osei"
    )


def test_the_figures_tell_the_closed_loops_of_each_direction_and_whose_move_is_left() -> None:
    owed = "DEMO Fox River Spine: Send the report, by Thu 26 Nov 07:05"
    cases = [
        Case("a", "a", "b", direction="pain to spine", status="closed"),
        Case("b", "b", "b", direction="spine to pain", status="closed"),
        Case("c", "c", "b", direction="spine to pain", status="closed"),
        Case(
            "d",
            "left",
            "b",
            reference=CASE,
            direction="pain to spine",
            status="seen",
            still_open=owed,
        ),
        Case("e", "e", "b", direction="pain to spine", status="cancelled"),
    ]
    lines = summary.of_figures(summary.figures(cases, 60))
    assert "loops closed: 1 pain to spine, 2 spine to pain; open: 1" in lines
    assert f"    {CASE} left. {owed}" in lines


def test_a_case_that_went_wrong_says_so_with_its_problem() -> None:
    lines = summary.of_case(Case("a", "a", "b", problems=["the case is not safe"]))
    assert lines[-2:] == ["    verdict   NOT AS EXPECTED", "              the case is not safe"]


def test_the_figures_count_what_was_lost() -> None:
    cases = [
        Case("a", "a", "b", sent=5, lost=1, first_told_seconds=0.5, alerted=True),
        Case("b", "b", "b", sent=4, first_told_seconds=1.5),
    ]
    found = summary.figures(cases, 60)
    assert (found["messages"], found["lost"], found["urgent"]) == (9, 1, 1)
    assert (found["first_told_p50_seconds"], found["first_told_max_seconds"]) == (1.0, 1.5)


def test_real_time_is_called_real() -> None:
    assert "as it is" in pace_in_words(1)
    assert "a wait of 2 minutes takes 12 seconds" in pace_in_words(10)


def test_a_day_is_said_to_be_short_at_any_speed() -> None:
    assert [s for s in (1, 60) if "A day until a visit takes 0.5" not in pace_in_words(s)] == []


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_text_is_known_again_from_its_e_mail(name) -> None:
    subject = MESSAGES[name].subject.format(
        reference=CASE, practice="FOX RIVER SPINE", answer_by="Tue 20:55 CST"
    )
    mail = sms("body", channel="email", details={"subject": subject})
    assert texts.text_id(mail) == name


def test_texts_are_known_again_from_sms_and_webhook() -> None:
    to_pain = sms(f"TANDEM EMERGENCY {CASE}: patient to ED now. Confirm by Tue 20:55: …")
    to_surgeon = sms(f"TANDEM EMERGENCY {CASE} to NORTHWEST SPINE. Answer by Tue 20:55: …")
    hook = sms('{"type": "referral.taken", "data": {}}', channel="webhook")
    back = sms("Recorded.", details={"answer_to": "1 9623"})
    found = [texts.text_id(message) for message in (to_pain, to_surgeon, hook, back)]
    assert found == ["emergency_pain", "emergency_surgeon", "taken", ""]
