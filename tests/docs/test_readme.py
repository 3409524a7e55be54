"""The lines of the README work as they stand, against a running house."""

import json
import os
import re
import subprocess

import pytest

from config.servers.places import PROJECT
from coordination.messages import MESSAGES, SAFETY_LINE
from tests.docs import documents
from tests.live import LiveHouse

pytestmark = pytest.mark.timeout(300)

README = (PROJECT / "README.md").read_text()


def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "no_proxy": "*", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_a_text(line: str) -> bool:
    """Return whether one of the texts could have come out as this SMS."""
    whole = (
        " ".join(part for part in (text.sms, text.ask, text.ask and "{link}", SAFETY_LINE) if part)
        for text in MESSAGES.values()
    )
    patterns = map(re.escape, whole)
    filled = (re.sub(r"\\{\w+\\}", ".+", pattern) for pattern in patterns)
    return any(re.fullmatch(pattern, line) for pattern in filled)


def test_every_sms_it_shows_is_one_that_is_sent() -> None:
    shown = re.findall(r"^> (TANDEM .+)$", README, re.MULTILINE)
    assert len(shown) == 3
    assert [line for line in shown if not is_a_text(line)] == []
    assert not is_a_text("TANDEM EMERGENCY R-7K2QM: all is well. Does not replace 911/ED")


def test_there_is_one_script_to_paste() -> None:
    assert len(documents.blocks(README, "bash")) == 1


def test_the_lines_for_a_surgeons_office_work_as_they_stand(live_house: LiveHouse) -> None:
    cast = json.loads(live_house.manage("demo_cast", "--json").stdout)
    keys = {login["practice"]: login["key"] for login in cast}
    [script] = documents.blocks(README, "bash")
    done = run(
        script,
        URL=live_house.url,
        KEY=keys["DEMO Northwest Spine"],
        PAIN_KEY=keys["DEMO Lakeside Pain Clinic"],
    )
    assert done.returncode == 0, done.stderr + done.stdout
    me, *said, timeline = done.stdout.splitlines()
    assert json.loads(me)["practice"]["name"] == "DEMO Northwest Spine"
    assert said[0] in README, "the README quotes the instruction as it is"
    assert said[-1] == "accepted"
    kinds = [event["kind"] for event in json.loads(timeline)["events"]]
    assert {"referral.submitted", "referral.acknowledged", "referral.accepted"} <= set(kinds)


def test_a_line_that_is_refused_is_seen(live_house: LiveHouse) -> None:
    [script] = documents.blocks(README, "bash")
    refused = run(script, URL=live_house.url, KEY="wrong.key", PAIN_KEY="wrong.key")
    assert refused.returncode != 0
