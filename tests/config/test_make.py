"""The two commands of the README: what make lists, and what it says when it cannot go on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from config import bootstrap
from config.servers import ports
from config.servers.lock import HouseTaken, Lock
from config.servers.places import PROJECT

TARGETS = [
    "help", "demo", "test", "check", "faults", "mutations", "verify", "bench", "fmt", "docs",
    "pictures",
]  # fmt: skip


def make(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *words],
        cwd=PROJECT,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_bare_make_lists_every_target_in_one_line_each() -> None:
    lines = make().stdout.splitlines()
    assert [line.split()[1] for line in lines] == TARGETS


def test_arguments_are_passed_through() -> None:
    assert "--no-loadscope-reorder --version -q" in make("-n", "test", "ARGS=--version -q").stdout


def test_who_orders_a_run_of_kills_gets_that_alone_and_all_faults_otherwise() -> None:
    assert "tests/faults/full_disk.py" in make("-n", "faults").stdout
    ordered = make("-n", "faults", "SEED=7").stdout
    assert "SEED=7 SEEDS=1 SUBMIT=1000" in ordered
    assert "-m pytest tests/faults/test_reference_run.py -q" in ordered


def test_without_a_python_the_message_says_what_is_needed(tmp_path: Path) -> None:
    for tool in ("make", "sh", "sed", "env"):
        found = shutil.which(tool)
        assert found
        (tmp_path / tool).symlink_to(found)
    refused = make("venv", PATH=str(tmp_path))
    assert refused.returncode != 0
    assert "Python 3.11 or newer is needed" in refused.stderr


def test_an_installation_that_was_cut_short_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    venv = tmp_path / ".venv"
    (venv / "half").mkdir(parents=True)
    (venv / "tandem-unfinished").touch()
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "STAMP", venv / "tandem-installed")
    monkeypatch.setattr(bootstrap, "UNFINISHED", venv / "tandem-unfinished")
    monkeypatch.setattr(bootstrap.venv, "create", lambda path, **options: made.append(path))
    bootstrap.make_environment()
    assert made == [venv]
    assert not (venv / "half").exists()
    assert (venv / "tandem-unfinished").exists()


def test_progress_is_shown_and_everything_kept_for_the_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [f"Collecting package-{n}\n" for n in range(20)] + ["ERROR: no hash\n"]
    assert bootstrap.follow(iter(lines), 85) == lines
    assert capsys.readouterr().err.split() == ["10", "of", "85", "20", "of", "85"]


def test_a_port_that_was_asked_for_and_is_taken_is_refused() -> None:
    first = ports.reserve("", ports.LOOPBACK, 18000)
    with pytest.raises(ports.PortTaken, match=f"Port {first.port} is in use"):
        ports.reserve(str(first.port), ports.LOOPBACK)
    second = ports.reserve("", ports.LOOPBACK, first.port)
    assert second.port > first.port
    first.release()
    second.release()


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    with Lock(tmp_path / "up.lock"), pytest.raises(HouseTaken, match=f"process {os.getpid()}"):
        Lock(tmp_path / "up.lock").__enter__()
