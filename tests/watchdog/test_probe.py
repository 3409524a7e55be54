"""The synthetic emergency goes the whole way, is ended, and stands on nobody's list."""

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from config.servers.addresses import AddressRefused
from config.watchdog import options as settings
from config.watchdog.probe import FINDINGS, Office, Probe
from coordination import services
from coordination.models import Delivery
from referrals import services as referrals
from referrals.models import Practice, Practitioner, Referral
from referrals.models.worklists import CONDITIONS
from tests import factories as make
from tests.cast import OfficeClient, role
from tests.desk import people
from tests.live import LiveHouse
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

SINK = "sink@example.org"
PAGES = (
    "referrals/referral/?list=urgent", "referrals/referral/", "referrals/practice/",
    "coordination/delivery/", "coordination/calltask/", "referrals/practitioner/",
    "coordination/oncallshift/coverage/",
)  # fmt: skip


@pytest.fixture
def keys(cast, capsys):
    return made_keys(capsys)


def made_keys(capsys):
    call_command("probe_cast", "--sink", SINK)
    return capsys.readouterr().out.strip().removeprefix("WATCHDOG_PROBE_KEYS=").split(",")


def the_pair():
    return Practice.objects.filter(is_synthetic=True).order_by("specialty")


@pytest.fixture
def probe(keys, run_engine):
    """A synthetic emergency at its worst: nobody has ended it, and its ladder is at its end."""
    pain, spine = the_pair()
    person = Practitioner.objects.get(practice=pain)
    by = make.make_actor(pain, person)
    sent = referrals.submit(make.make_intake(receiver=spine, responsible=person), by=by)
    run_engine()
    for _ in range(8):
        sent.obligations.running().update(next_due_at=sent.sent_at)
        with role("engine"):
            while services.climb():
                pass
    run_engine()
    return sent


def test_the_pair_is_made_once_and_its_keys_anew(keys, capsys):
    assert made_keys(capsys) != keys
    assert the_pair().count() == 2


def test_a_sink_that_is_no_address_is_refused_and_nothing_is_made(cast):
    with pytest.raises(CommandError, match="--sink"):
        call_command("probe_cast", "--sink", "nowhere")
    assert not the_pair().exists()


def test_it_rings_the_sink_and_nobody_else(probe):
    told = Delivery.objects.filter(obligation__referral=probe)
    assert told.count() > 8
    assert {one.contact_point.practice.is_synthetic for one in told} == {True}
    assert set(probe.asks.values_list("practice__is_synthetic", flat=True)) == {True}


def test_it_stands_on_no_list_count_feed_or_page_of_anybody(probe, cast):
    for office in (cast.pain, cast.spine, cast.other_spine, cast.network, cast.outsider):
        actor = office.actor
        assert not Referral.objects.visible_to(actor).exists()
        assert set(Referral.objects.count_worklists(actor).values()) == {0}
        for name in CONDITIONS:
            assert not Referral.objects.on_worklist(name, actor).exists()
        assert not Referral.objects.page_of(actor, before=0, size=50).exists()
        client = OfficeClient(office.key)
        for path in ("referrals", "practices", "on-call", "on-call/overrides"):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 200
            assert probe.reference not in answer.content.decode()
            assert "Probe" not in answer.content.decode()
        assert client.get(f"/api/v1/referrals/{probe.uuid}").status_code == 404
        desk = people.at_the_desk(office.clinician)
        for page in PAGES:
            answer = desk.get(f"/admin/{page}", follow=True)
            assert answer.status_code == 200
            text = people.text(answer)
            assert probe.reference not in text
            assert "DEMO Probe" not in text


@pytest.mark.parametrize("command", ["on_call_gaps", "reachability"])
def test_no_report_of_the_rota_looks_for_it(probe, capsys, command):
    with contextlib.suppress(SystemExit):
        call_command(command)
    said = capsys.readouterr().out
    assert said
    assert "DEMO Probe" not in said


def test_nobody_can_send_to_the_pair_and_the_pair_to_nobody(keys, cast):
    _, spine = the_pair()
    for key, practice in ((cast.pain.key, spine), (keys[0], cast.spine.practice)):
        body = {"to": {"practice": str(practice.uuid)}, "findings": make.CAUDA_EQUINA}
        refused = OfficeClient(key).send("/api/v1/referrals", body)
        assert refused.status_code == 400, refused.content
        assert "No practice has this id" in refused.content.decode()


def test_no_real_case_is_ever_routed_to_the_pair(keys, cast, run_engine):
    Practice.objects.filter(is_synthetic=False).exclude(pk=cast.pain.practice.pk).update(
        is_active=False
    )
    case = make.make_referral(cast.pain.practice)
    run_engine()
    assert not case.asks.exists()
    assert not Delivery.objects.filter(contact_point__practice__is_synthetic=True).exists()


def test_one_key_alone_is_refused_by_name(tmp_path):
    with pytest.raises(AddressRefused, match="WATCHDOG_PROBE_KEYS"):
        settings.read({"VAR_DIR": str(tmp_path), "WATCHDOG_PROBE_KEYS": "one"})


@pytest.fixture(scope="module")
def house():
    made = LiveHouse(Path(os.environ["VAR_DIR"]) / "probed", WEB_WORKERS="1")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_it_goes_the_whole_way_is_measured_and_ended(house):
    said = house.manage("probe_cast", "--sink", SINK)
    assert said.returncode == 0, said.stderr
    given = house.env | {"WATCHDOG_PROBE_KEYS": said.stdout.strip().partition("=")[2]}
    chosen = settings.read(given | {"WATCHDOG_START_SECONDS": "0"})
    assert Probe(chosen).once() == ()
    headers = {"Authorization": f"Bearer {chosen.probe_keys[0]}"}
    listed = httpx.get(f"{house.url}/api/v1/referrals", headers=headers, trust_env=False).json()
    assert [one["status"] for one in listed["referrals"]] == ["entered_in_error"]
    to_the_sink = until(
        lambda: [one for one in house.sandbox.messages() if one.to == SINK], what="mail at the sink"
    )
    assert listed["referrals"][0]["reference"] in to_the_sink[0].body
    _leave_one_behind(chosen)
    [wrong] = Probe(replace(chosen, probe_seconds=0.0)).once()
    assert wrong.endswith(" s"), "any time is too long then"
    listed = httpx.get(f"{house.url}/api/v1/referrals", headers=headers, trust_env=False).json()
    assert {one["status"] for one in listed["referrals"]} == {"entered_in_error"}
    assert len(listed["referrals"]) == 3


def _leave_one_behind(chosen):
    pain, spine = (Office(chosen.web_url, key) for key in chosen.probe_keys)
    pain.ask("/api/v1/referrals", {"to": {"practice": spine.practice}, "findings": FINDINGS})


def test_what_cannot_be_sent_is_an_alarm(house):
    chosen = settings.read(
        house.env | {"WATCHDOG_PROBE_KEYS": "a.b,c.d", "WATCHDOG_START_SECONDS": "0"}
    )
    probe = Probe(chosen)
    wrong = until(probe.look, what="the probe says that it failed")
    assert wrong == ("it could not be sent: HTTP 401",)


def test_what_nobody_foresaw_is_an_alarm_and_does_not_end_in_silence(options, monkeypatch):
    def fail(self):
        raise IndexError

    monkeypatch.setattr(Probe, "once", fail)
    chosen = replace(options, web_url="http://x", probe_keys=("a.b", "c.d"), start_seconds=0.0)
    probe = Probe(chosen)
    assert until(probe.look, what="it says so") == ("it could not be sent: IndexError",)


def test_without_keys_nothing_is_sent(house):
    before = len(house.sandbox.messages())
    assert Probe(settings.read(house.env | {"WATCHDOG_START_SECONDS": "0"})).look() == ()
    assert len(house.sandbox.messages()) == before
