"""One emergency answered by telephone alone, over the whole house and the provider's callbacks."""

import re
from collections.abc import Iterator

import httpx
import pytest

from config.sandbox.record import Message
from tests.faults.house import Sender, run
from tests.live import LiveHouse
from tests.waiting import until

CODE = re.compile(r"reply 1 seen, 2 cannot \+([0-9]{4}) or http")


@pytest.fixture
def house(tmp_path) -> Iterator[LiveHouse]:
    running = LiveHouse(tmp_path, LADDER_COMPRESSION="40")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def to_a_surgeon(house: LiveHouse, channel: str, *, other_than: str = "") -> Message:
    """Wait for the first message or call that a surgeon may answer."""
    asks = {"sms": CODE, "voice": re.compile("Press 2 if you cannot")}[channel]

    def look() -> Message | None:
        found = (m for m in house.sandbox.messages() if m.channel == channel)
        return next((m for m in found if asks.search(m.body) and m.to != other_than), None)

    return until(look, what=f"a surgeon is reached by {channel}")


def test_one_surgeon_presses_2_and_the_next_replies_1(house):
    keys = run(house, "tests.faults.seed")
    reference = Sender(house, keys["pain"]).submit()
    call = to_a_surgeon(house, "voice")
    assert "The next is being asked now." in house.sandbox.press(call.to, "2")

    sms = to_a_surgeon(house, "sms", other_than=call.to)
    code = CODE.search(sms.body).group(1)
    assert house.sandbox.reply(sms.to, "hello").startswith("Not understood")
    said = house.sandbox.reply(sms.to, f"1 {code}")
    assert said.startswith(f"Recorded: you have seen {reference}. Seen is not accepted")

    owed = surgeons_obligation(house, keys["pain"], reference)
    assert (owed["state"], owed["answered_via"]) == ("answered", "sms")
    # What the provider reported, signed, about the messages and calls themselves.
    until(
        lambda: {"delivered"} == {
            one["state"]
            for one in surgeons_obligation(house, keys["pain"], reference)["deliveries"]
            if one["channel"] in {"sms", "voice"} and one["state"] != "cancelled"
        },
        what="every SMS and call is reported as delivered",
    )  # fmt: skip
    # As the operator of the house checks it, in the role that the command itself takes.
    checked = house.manage("verify_audit")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert not checked.stdout.startswith("0 links")


def surgeons_obligation(house: LiveHouse, key: str, reference: str) -> dict:
    with httpx.Client(
        base_url=house.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False
    ) as client:
        listed = client.get("/api/v1/referrals").json()["referrals"]
        [found] = [one for one in listed if one["reference"] == reference]
        shown = client.get(f"/api/v1/referrals/{found['id']}/coordination").json()
    [owed] = [
        one
        for one in shown["obligations"]
        if (one["kind"], one["specialty"]) == ("acknowledge", "spine")
    ]
    return owed
