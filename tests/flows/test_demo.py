"""The demo as its user runs it: a command, its output, its exit code; also under fire."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.demo.stories import STORIES
from config.servers import places, state
from tests.servers import FOREIGN
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

CHILDREN = ("web", "worker-urgent", "worker-default", "beat", "dispatch", "valkey", "postgres")
DOCS = places.PROJECT / "docs"
# Beside the channels of the machine, each way in which a human answers must have happened.
WAYS = {"sms", "voice", "link", "api"}


class Demo:
    def __init__(self, var: Path, *options: str):
        self.places = places.Places(var)
        self.cases, self.progress = var / "cases.json", var / "progress.txt"
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        with self.cases.open("w") as cases, self.progress.open("w") as progress:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--once", "--json", *options],
                cwd=places.PROJECT,
                env=kept | {"VAR_DIR": str(var)},
                stdout=cases,
                stderr=progress,
            )

    @property
    def house(self) -> state.State:
        return state.read(self.places.state)

    def ended(self) -> dict:
        code = self.process.wait(220)
        assert code == 0, self.progress.read_text()
        return json.loads(self.cases.read_text())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


@pytest.fixture
def demo(tmp_path):
    """One run that is about to be disturbed; faster, as nobody reads along."""
    running = Demo(tmp_path, "--compress", "120")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def told(folder):
    """What one undisturbed run says of itself; it also records its pages."""
    running = Demo(folder, "--record", str(folder / "docs"))
    try:
        return running.ended()
    finally:
        running.stop()


def case(told: dict, name: str) -> dict:
    [found] = [one for one in told["cases"] if one["id"] == name]
    return found


def assert_as_expected(told: dict) -> None:
    assert [one["id"] for one in told["cases"]] == [story.id for story in STORIES]
    assert {one["id"]: one["problems"] for one in told["cases"] if one["problems"]} == {}
    assert told["ok"] is True
    assert told["figures"]["lost"] == 0


def test_the_demo_ends_by_itself_with_every_case_as_expected(told, folder):
    assert_as_expected(told)
    assert state.read(places.Places(folder).state).ready is False


def test_the_tiers_are_those_of_the_stories(told):
    assert {one["id"]: one["tier"] for one in told["cases"]} == {
        story.id: story.must.tier for story in STORIES
    }


def test_every_way_to_answer_happens(told):
    answers = " ".join(answer for one in told["cases"] for answer in one["acknowledged"])
    assert {way for way in WAYS if f"by {way}" in answers} == WAYS


def test_every_channel_reaches_somebody(told):
    ways = " ".join(told_one for one in told["cases"] for told_one in one["told"])
    channels = ("sms", "email", "voice", "webhook")
    assert [way for way in channels if f"({way})" not in ways] == []


def test_a_call_by_hand_is_read_aloud_and_recorded(told, folder):
    assert "call.recorded" in case(told, "infection")["timeline"]
    page = sections((folder / "docs" / "what-people-received.md").read_text())["infection"]
    assert "dialled by DEMO Sam Reyes: message_taken" in page


def test_one_ladder_climbs_to_the_group_before_a_surgeon_answers(told):
    climbing = case(told, "cauda-equina")
    assert "Dr DEMO Eva Lund, MD (voice)" in climbing["told"]
    assert climbing["acknowledged"][0].startswith("Dr DEMO Tomas Varga")


def test_who_passes_is_followed_by_the_next_practice(told):
    asked = case(told, "unstable-fracture")["asked"]
    assert asked[:2] == ["DEMO Northwest Spine (passed)", "DEMO Fox River Spine (accepted)"]


def test_an_emergency_department_takes_over_where_no_surgeon_accepts(told):
    taken = case(told, "tumour")
    assert (taken["accepted_by"], taken["safe"]) == ("", True)


def test_after_a_procedure_no_surgeon_is_told_first(told):
    assert "Menon" not in " ".join(case(told, "after-injection")["told_first"])


def test_loops_are_closed_in_both_directions_and_the_open_ones_say_whose_move_it_is(told):
    figures = told["figures"]
    assert (figures["closed_pain_to_spine"], figures["closed_spine_to_pain"]) == (10, 3)
    report, decision = (line.split(". ", 1)[1] for line in figures["open"])
    assert report.startswith("DEMO Fox River Spine: Send the report, by ")
    assert decision.startswith("DEMO Lakeside Pain Clinic: Decide what comes next: ")


def test_who_does_not_come_is_booked_again_and_seen(told):
    way = [kind for kind in case(told, "prostate")["timeline"] if kind.startswith("referral.")]
    booked = way.index("referral.scheduled")
    assert way[booked:] == [
        "referral.scheduled",
        "referral.no_show",
        "referral.scheduled",
        "referral.seen",
        "referral.reported",
        "referral.closed",
    ]


def test_who_was_declined_is_seen_by_the_next_practice(told):
    asked = case(told, "old-fall")["asked"]
    assert asked == ["DEMO Northwest Spine (declined)", "DEMO Prairie Spine (accepted)"]


def test_what_both_have_cancelled_begins_anew_and_is_closed(told):
    way = case(told, "second-opinion")["timeline"]
    steps = ("cancellation_requested", "cancelled", "reopened", "reported", "closed")
    places = [way.index(f"referral.{step}") for step in steps]
    assert places == sorted(places)


def test_a_surgeon_sends_the_patient_back_with_a_referral_that_names_the_first(told):
    there, back = case(told, "stable-claudication"), case(told, "stenosis")
    assert back["answers"] == there["reference"]
    assert (there["direction"], back["direction"]) == ("pain to spine", "spine to pain")


def test_time_is_compressed_and_says_so(told):
    assert told["compression"] == 60
    assert told["pace"].startswith("Time runs 60 times faster")


def sections(page: str) -> dict[str, str]:
    """Return what a page of messages says of each case, by the case's id."""
    found = (part for part in page.split("\n## ")[1:])
    return {part.split("`")[1]: part for part in found}


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded now", "committed"])
def test_the_page_of_messages_holds_every_case_and_every_text_of_its_story(told, folder, recorded):
    docs = folder / "docs" if recorded else DOCS
    shown = sections((docs / "what-people-received.md").read_text())
    missing = {
        story.id: {text for text in story.must.texts if f"`{text}`" not in shown.get(story.id, "")}
        for story in STORIES
    }
    assert {name: texts for name, texts in missing.items() if texts} == {}
    assert [s.id for s in STORIES if not shown[s.id].startswith(f"{s.name}: ")] == []


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded now", "committed"])
def test_the_page_of_the_demo_shows_every_case_as_it_must_be(told, folder, recorded):
    page = ((folder / "docs" if recorded else DOCS) / "demo.md").read_text()
    wanted = [f"{story.must.tier:<10}{story.name} (" for story in STORIES]
    assert [line for line in wanted if line not in page] == []
    assert page.count("as it must be") == len(STORIES)
    assert "Time runs 60 times faster" in page


def test_the_pages_show_no_secret_link(told, folder):
    for page in (folder / "docs" / "what-people-received.md", DOCS / "what-people-received.md"):
        assert "https://…/a/…" in page.read_text()
        assert "/a/" not in page.read_text().replace("https://…/a/…", "")


def test_a_second_run_in_the_same_folder_ends_as_well(told, folder):
    again = Demo(folder)
    try:
        assert_as_expected(again.ended())
    finally:
        again.stop()


def test_killing_any_process_during_the_demo_loses_nothing(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    for name in CHILDREN:
        pid = demo.house.children[name]
        os.kill(pid, signal.SIGKILL)
        until(
            lambda name=name, pid=pid: demo.house.children.get(name, pid) != pid,
            seconds=30,
            what=f"{name} is restarted",
        )
    assert_as_expected(demo.ended())


def test_killing_the_supervisor_during_the_demo_loses_nothing(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    first = demo.house.pid
    os.kill(first, signal.SIGKILL)
    assert_as_expected(demo.ended())
    assert "was killed" in demo.progress.read_text()


def test_a_killed_demo_leaves_no_house_behind(demo):
    until(lambda: demo.house.ready, seconds=60, what="the house is ready")
    house = demo.house.pid
    demo.process.kill()
    demo.process.wait(10)
    until(lambda: not Path(f"/proc/{house}").exists(), seconds=30, what="the house has ended")
