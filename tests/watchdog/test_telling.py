"""The operator is told by the watchdog's own ways, again while it is red, and when it is over."""

import contextlib
import json
import socketserver
import threading
import time
from dataclasses import replace

import pytest

from config.servers import postgres
from config.watchdog import audit, memory, options, telling, watch
from config.watchdog.audit import Auditor, Found
from config.watchdog.memory import REPEATS, Memory, Red
from config.watchdog.options import Ways
from config.watchdog.watch import Watchdog
from coordination.alarms import ALARMS
from coordination.drift import Drift
from tests.waiting import until

OVERDUE = Found("ladder-overdue", ("R-7K2QM",))
NEVER = "http://127.0.0.1:1/nobody"


@pytest.fixture
def ways(operator, post):
    return Ways(
        smtp_url=post.smtp_url, email_to=("operator@example.org",),
        webhook_url=operator.webhook_url, sms_url=post.url, sms_account=post.account.sid,
        sms_token=post.account.token, sms_from="+15550000000", sms_to=("+15550100999",),
    )  # fmt: skip


@pytest.fixture
def seen(monkeypatch):
    """What the next rounds find."""
    found: list[Found] = []
    monkeypatch.setattr(Auditor, "look", lambda self, kept: list(found))
    monkeypatch.setattr(Auditor, "leave", lambda self, codes, instance: None)
    return found


def dog(options, operator, ways, calm_seconds=0.0):
    chosen = replace(
        options, ways=ways, deadman_url=operator.deadman_url, calm_seconds=calm_seconds
    )
    return Watchdog(chosen, uptime=float("inf"))


def test_an_alarm_goes_every_way_that_is_set_with_its_runbook(options, operator, post, ways, seen):
    seen.append(OVERDUE)
    dog(options, operator, ways).round()
    assert operator.told[0]["alarms"] == [
        {
            "code": "ladder-overdue", "count": 1, "things": ["R-7K2QM"], "urgency": "now",
            "words": ALARMS["ladder-overdue"].words, "runbook": "docs/runbooks/ladder-overdue.md",
        }
    ]  # fmt: skip
    messages = until(lambda: len(post.messages()) == 2 and post.messages(), what="mail and SMS")
    assert {one.channel for one in messages} == {"email", "sms"}
    assert all("ladder-overdue" in one.body for one in messages)
    assert any("docs/runbooks/ladder-overdue.md" in one.body for one in messages)


def test_it_is_said_once_then_again_at_growing_intervals_then_all_clear(
    options, operator, ways, seen
):
    guard = dog(options, operator, ways)
    seen.append(OVERDUE)
    guard.round()
    guard.round()
    assert operator.codes == [["ladder-overdue"]]
    kept = memory.read(options.state)
    kept.red["ladder-overdue"].say_at = 0
    memory.write(options.state, kept)
    guard = dog(options, operator, ways)
    guard.round()
    assert len(operator.told) == 2, "a restart forgets nothing"
    seen.clear()
    guard.round()
    guard.round()
    assert [one["status"] for one in operator.told] == ["alarm", "alarm", "clear"]
    assert operator.told[-1]["mended"] == ["ladder-overdue"]
    assert memory.read(options.state) == Memory()


def test_what_comes_and_goes_is_one_alarm_and_clear_once_it_stays_away(
    options, operator, ways, seen
):
    guard = dog(options, operator, ways, calm_seconds=60.0)
    for _ in range(5):
        seen.append(OVERDUE)
        guard.round()
        seen.clear()
        guard.round()
    assert [one["status"] for one in operator.told] == ["alarm"]
    kept = memory.read(options.state)
    kept.red["ladder-overdue"].well_since -= 61.0
    memory.write(options.state, kept)
    dog(options, operator, ways, calm_seconds=60.0).round()
    assert [one["status"] for one in operator.told] == ["alarm", "clear"]


def test_the_desk_shows_what_is_wrong_now_also_if_nobody_can_be_told(
    options, operator, seen, monkeypatch
):
    left = []
    monkeypatch.setattr(Auditor, "leave", lambda self, codes, instance: left.append(codes))
    guard = dog(options, operator, Ways(webhook_url=operator.webhook_url))
    seen.append(OVERDUE)
    guard.round()
    operator.status = 500
    seen.clear()
    guard.round()
    assert left == [["ladder-overdue"], []]
    operator.status = 200
    guard.round()
    assert operator.told[-1]["mended"] == ["ladder-overdue"]


def test_what_cannot_be_written_down_is_told_and_stops_nothing_else(
    options, operator, ways, seen, monkeypatch, tmp_path
):
    left = []
    monkeypatch.setattr(Auditor, "leave", lambda self, codes, instance: left.append(codes))
    (tmp_path / "file").touch()
    there = replace(options, state=tmp_path / "file" / "watchdog.json")
    guard = dog(there, operator, ways)
    seen.append(OVERDUE)
    guard.round()
    monkeypatch.setattr(
        watch, "ALARMS", {code: replace(a, patience=0) for code, a in ALARMS.items()}
    )
    guard.round()
    assert operator.codes == [["ladder-overdue"], ["ladder-overdue", "watchdog-blind"]]
    assert left == [["ladder-overdue"], ["ladder-overdue", "watchdog-blind"]]
    assert operator.told[-1]["alarms"][1]["things"] == ["watchdog.json"]
    assert operator.pings == 0


def test_a_clock_that_was_set_back_hides_no_alarm(options, operator, ways, seen):
    later = time.time() + 3600
    kept = Memory(red={"disk-full": Red(since=later, said=1, say_at=later + 300)})
    memory.write(options.state, kept)
    seen.append(Found("disk-full", ("/ 93%",)))
    guard = dog(options, operator, ways)
    guard.round()
    [red] = memory.read(options.state).red.values()
    assert red.since <= time.time()
    assert red.say_at <= time.time() + REPEATS[-1]


def test_the_intervals_grow_and_the_last_one_repeats():
    red, waits = Red(since=0), []
    for _ in range(len(REPEATS) + 1):
        red.spoken(100)
        waits.append(red.say_at - 100)
    assert waits == [*REPEATS, REPEATS[-1]]
    assert sorted(waits) == waits


def test_a_new_alarm_is_said_at_once_though_another_is_red(options, operator, ways, seen):
    guard = dog(options, operator, ways)
    seen.append(OVERDUE)
    guard.round()
    seen.append(Found("disk-full", ("/ 93%",)))
    guard.round()
    assert operator.codes == [["ladder-overdue"], ["ladder-overdue", "disk-full"]]


def test_what_was_red_before_a_restart_is_not_clear_before_it_was_asked_again(
    options, operator, ways, seen
):
    seen.append(OVERDUE)
    dog(options, operator, ways).round()
    seen.clear()
    starting = Watchdog(replace(options, ways=ways))
    starting.round()
    assert [one["status"] for one in operator.told] == ["alarm"]
    dog(options, operator, ways).round()
    assert [one["status"] for one in operator.told] == ["alarm", "clear"]


def test_one_way_that_fails_stops_no_other(options, operator, ways, seen):
    seen.append(OVERDUE)
    broken = replace(ways, smtp_url="smtp://127.0.0.1:1", sms_url=NEVER)
    dog(options, operator, broken).round()
    assert operator.codes == [["ladder-overdue"]]


def test_an_address_that_answers_drop_by_drop_holds_up_nobody(
    options, operator, ways, seen, monkeypatch
):
    monkeypatch.setattr(telling, "ALL_SECONDS", 1.0)
    seen.append(OVERDUE)
    with dripping() as url:
        begun = time.monotonic()
        hung = replace(ways, smtp_url=url.replace("http", "smtp"), sms_url=url)
        dog(options, operator, hung).round()
        assert operator.codes == [["ladder-overdue"]]
        with pytest.raises(TimeoutError):
            telling.call(url, seconds=0.5)
        assert time.monotonic() - begun < 5.0


@contextlib.contextmanager
def dripping():
    """A server that sends a byte every tenth of a second for four seconds, and no answer."""
    over = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                for _ in range(40):
                    self.request.sendall(b"2")
                    if over.wait(0.1):
                        return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        over.set()
        server.shutdown()


def test_what_nobody_took_is_said_again_in_the_next_round(options, operator, seen):
    guard = dog(options, operator, Ways(webhook_url=operator.webhook_url))
    operator.status = 500
    seen.append(OVERDUE)
    assert guard.round(), "it has to look again soon"
    operator.status = 200
    assert not guard.round()
    assert operator.codes == [["ladder-overdue"]]


def test_the_dead_mans_address_is_called_only_after_a_clean_round(options, operator, ways, seen):
    guard = dog(options, operator, ways)
    guard.round()
    assert operator.pings == 1
    seen.append(Found("backup-old", ("30.0 hours",)))
    guard.round()
    assert operator.pings == 1
    seen.clear()
    guard.round()
    assert operator.pings == 2


def test_it_is_not_called_before_everything_could_have_started(options, operator, ways, seen):
    chosen = replace(options, ways=ways, deadman_url=operator.deadman_url)
    Watchdog(chosen).round()
    assert operator.pings == 0


def test_without_a_database_the_alarm_goes_out_all_the_same(options, operator, ways):
    guard = dog(options, operator, ways)
    assert guard.round(), "a restart of PostgreSQL takes a moment: it is not said at once"
    assert operator.told == []
    kept = memory.read(options.state)
    kept.red["database-gone"].since -= ALARMS["database-gone"].patience
    memory.write(options.state, kept)
    dog(options, operator, ways).round()
    assert operator.codes == [["database-gone"]]
    assert operator.pings == 0


def test_a_database_that_hangs_is_given_up(monkeypatch, options):
    monkeypatch.setattr(audit, "DATABASE_SECONDS", 0.05)
    stuck = threading.Event()
    monkeypatch.setattr(postgres, "connect", lambda login: stuck.wait(5))
    assert [one.code for one in Auditor(options).look(Memory())] == ["database-gone"]
    stuck.set()


def test_a_question_that_fails_hides_no_other(house_servers, options, monkeypatch, tmp_path):
    here = options_of_this_run()
    monkeypatch.setattr(audit, "ALARMS", {**ALARMS, "ladder-overdue": broken_question()})
    found = Auditor(here, uptime=float("inf")).look(Memory())
    [blind] = [one for one in found if one.code == "watchdog-blind"]
    assert "ladder-overdue" in blind.things


def test_a_question_that_stumbles_over_what_is_remembered_hides_no_other(house_servers):
    found = Auditor(options_of_this_run(), uptime=float("inf")).look(Memory(heads={"x": (1, "")}))
    things = {one.code: one.things for one in found}
    assert "chain-went-back" in things["watchdog-blind"]
    assert "database-gone" not in things


def options_of_this_run():
    return replace(options.read(), disks=(), web_url="")


def broken_question():
    return replace(ALARMS["ladder-overdue"], question="SELECT nothing FROM nowhere")


def test_disks_backup_web_and_replica_are_looked_at(options, monkeypatch, tmp_path):
    (tmp_path / "a.dump").touch()
    chosen = replace(
        options, disks=(tmp_path,), web_url=NEVER, backup=f"{tmp_path}/*.dump",
        replica=options.database, backup_hours=1,
    )  # fmt: skip
    assert codes(chosen) == {"database-gone", "web-silent", "replica-late"}
    assert "watchdog-blind" in codes(replace(chosen, disks=(tmp_path / "gone",)))
    usage = audit.shutil.disk_usage(tmp_path)
    for part, code in ((0.79, ""), (0.8, "disk-filling"), (0.9, "disk-full"), (1.0, "disk-full")):
        filled = usage._replace(used=int(1000 * part), free=1000 - int(1000 * part))
        monkeypatch.setattr(audit.shutil, "disk_usage", lambda path, filled=filled: filled)
        assert {one for one in codes(chosen) if "disk" in one} == ({code} if code else set())
    monkeypatch.setattr(audit, "time", lambda: time.time() + 3700)
    assert "backup-old" in codes(chosen)
    assert "backup-old" in codes(replace(chosen, backup=f"{tmp_path}/*.none"))


def test_a_folder_that_hangs_is_said_and_looked_at_by_one_thread_alone(options, monkeypatch):
    monkeypatch.setattr(audit, "FOLDER_SECONDS", 0.1)
    stuck, looked = threading.Event(), []

    def hang(pattern):
        looked.append(pattern)
        stuck.wait(30)
        return []

    monkeypatch.setattr(audit, "glob", hang)
    auditor = Auditor(replace(options, backup="/gone/*.dump"), uptime=float("inf"))
    for _ in range(3):
        blind = {one.code: one.things for one in auditor.look(Memory())}["watchdog-blind"]
        assert blind == ("backup-old",)
    assert len(looked) == 1
    stuck.set()
    until(lambda: "backup-old" in {one.code for one in auditor.look(Memory())}, what="it is back")


def codes(chosen):
    return {one.code for one in Auditor(chosen, uptime=float("inf")).look(Memory())}


def test_a_clock_that_jumps_is_seen_and_one_that_drifts_is_not():
    drift = Drift()
    assert drift.measure(database=1000, steady=0) == 0
    assert drift.measure(database=1010.5, steady=10) == 0, "what is slewed is followed"
    assert drift.measure(database=1045, steady=20) == pytest.approx(24.5)
    assert drift.measure(database=960, steady=30) == pytest.approx(-70.5)
    drift.accept()
    assert drift.measure(database=970, steady=40) == 0


def test_a_jump_of_the_clock_is_red_for_a_while(house_servers, monkeypatch):
    guard, kept = Auditor(options_of_this_run()), Memory()
    assert "clock-jumped" not in {one.code for one in guard.look(kept)}
    monkeypatch.setattr(audit, "_CLOCK", f"SELECT ({audit._CLOCK.removeprefix('SELECT ')}) - 31.0")
    for _ in range(2):
        assert "clock-jumped" in {one.code for one in guard.look(kept)}


def test_a_file_that_is_damaged_is_an_empty_memory(tmp_path):
    path = tmp_path / "watchdog.json"
    for text in (
        "", "{", "[]", '{"red": {"a": {"sinc": 1}}, "heads": {}}',
        '{"red": {"a": {"since": null, "said": 1, "say_at": 1}}, "heads": {}}',
        '{"red": {}, "heads": {"DEMO": [1, "ab"]}}',
    ):  # fmt: skip
        path.write_text(text)
        assert memory.read(path) == Memory()
    whole = Memory(red={"disk-full": Red(since=1.5, said=2, say_at=9)}, heads={"3": (7, "ab")})
    memory.write(path, whole)
    assert memory.read(path) == whole
    assert json.loads(path.read_text())["heads"] == {"3": [7, "ab"]}


def test_an_sms_fits_whatever_is_red(options):
    everything = [Found(code, ("R-7K2QM",) * 9) for code in ALARMS]
    assert watch.subject(everything, []).startswith("TANDEM ALARM")
    assert ", …" in "\n".join(watch.lines(everything, []))
