"""Proves the models beside it by Spin, over all their states, and that each safeguard is needed.

Each property has to hold; and once a safeguard is taken away, what it is for has to be lost.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

HERE = Path(__file__).parent
PATIENCE = 120
HOW_TO_GET_IT = "Spin and gcc are needed, and were not found. Install them: apt install spin gcc"
HOLDS, BROKEN, UNFINISHED = "holds", "broken", "not finished"
_AS_IT_MUST_BE = {HOLDS: "holds", BROKEN: "broken, as it must be"}

# What is lost without a safeguard: model, safeguard, the properties it is for.
TAKEN_AWAY: dict[str, dict[str, tuple[str, ...]]] = {
    "lease": {
        "MARK_FIRST": ("S3", "L1"),
        "NO_TOKEN": ("S6",),
        "NO_SWEEP": ("L1", "L5"),
        "NO_LOCK": ("S6", "S16", "S18", "ONCE"),
        "COUNT_AFTERWARDS": ("S11",),
        "REPORT_UNLOCKED": ("S16",),
    },
    "ladder": {
        "NO_LOCK": ("S4", "S5", "S16"),
        "TIMERS_IN_BROKER": ("L1", "L2"),
        "STOP_WHEN_SENT": ("L2",),
        "STOP_AT_LAST": ("S2", "L2"),
        "MARK_EVENT_FIRST": ("L1", "L2"),
        "EMPTY_WAITS": ("L7",),
        "NO_PULL": ("PULL",),
        "SEEN_FOR_EVER": ("L4",),
    },
    "answers": {
        "NO_LOCK": ("S5", "S7", "S18"),
        "FORGET_ALTERNATES": ("L2",),
        "WAKE_THE_CLOSED": ("S16",),
    },
}


@dataclass(frozen=True)
class Check:
    """One run: a property of a model, the model whole or ``without`` one safeguard."""

    model: str
    name: str
    without: str = ""

    @property
    def wanted(self) -> str:
        """How it has to end."""
        return BROKEN if self.without else HOLDS


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and how much of the model it went through."""

    found: str
    states: int
    seconds: float


def properties(model: str) -> dict[str, str]:
    """Return the named formulas of a model."""
    text = (HERE / f"{model}.pml").read_text()
    return dict(re.findall(r"^ltl (\w+) \{(.*?)\}$", text, re.MULTILINE | re.DOTALL))


def checks(model: str) -> Iterator[Check]:
    """Yield every run of a model: the whole one first, then without each safeguard."""
    for name in properties(model):
        yield Check(model, name)
    for without, lost in TAKEN_AWAY[model].items():
        for name in lost:
            yield Check(model, name, without)


def judge(printed: str, seconds: float) -> Outcome:
    """Read what a run printed. What did not go through all states holds nothing."""
    errors = re.search(r"errors: (\d+)", printed)
    states = re.search(r"(\d+) states, stored", printed)
    if "assertion violated" in printed or "acceptance cycle" in printed:
        found = BROKEN
    elif errors and errors[1] == "0" and "not completed" not in printed:
        found = HOLDS
    else:
        found = UNFINISHED
    return Outcome(found, int(states[1]) if states else 0, seconds)


def main() -> int:
    """Run the checks of the models that are named, or of all; return 1 if one ends otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help=f"of {', '.join(TAKEN_AWAY)}; all by default")
    models = parser.parse_args().models or list(TAKEN_AWAY)
    if unknown := set(models) - set(TAKEN_AWAY):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    _install()
    if not has_both():
        print(HOW_TO_GET_IT, file=sys.stderr)
        return 2
    print(_line("model", "property", "without", "states", "seconds", "verdict"))
    with TemporaryDirectory() as name:
        every = [check for model in models for check in checks(model)]
        wrong = [check for check in every if not _is_right(check, Path(name))]
    print(f"{len(wrong)} ended otherwise than they must." if wrong else "All as it must be.")
    return int(bool(wrong))


def has_both() -> bool:
    """Say whether Spin and gcc are here."""
    return bool(shutil.which("spin") and shutil.which("gcc"))


def generate(model: str, without: str, folder: Path) -> str:
    """Have Spin write the verifier of a model into a folder; return what it complains of."""
    shutil.copy(HERE / f"{model}.pml", folder)
    words = ["spin", *([f"-D{without}"] if without else []), "-a", f"{model}.pml"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in said if "error" in line.lower())


def run(check: Check, folder: Path) -> Outcome:
    """Make one run; what it needs is built in the folder, unless it is there."""
    progress = "<>" in properties(check.model)[check.name]
    pan = folder / "-".join((check.model, check.without, "progress" if progress else "state"))
    if not pan.exists() and not _build(pan, check, progress=progress):
        return Outcome(UNFINISHED, 0, 0)
    # Progress needs every process to get its turn.
    options = ["-a", "-f"] if progress else []
    begun = monotonic()
    printed = _printed([str(pan), *options, "-m1000000", "-N", check.name], folder)
    return judge(printed, monotonic() - begun)


def _install() -> None:
    # Who may, gets it as a push gets its browser.
    if has_both() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "spin", "gcc"]
    print(" ".join(words), file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    subprocess.run(words, env=quiet, stdout=subprocess.DEVNULL, check=False)


def _is_right(check: Check, folder: Path) -> bool:
    outcome = run(check, folder)
    is_right = outcome.found == check.wanted
    verdict = _AS_IT_MUST_BE[outcome.found] if is_right else f"WRONG: {outcome.found}"
    seconds = f"{outcome.seconds:.1f}"
    what = (check.model, check.name, check.without or "-", f"{outcome.states:,}")
    print(_line(*what, seconds, verdict), flush=True)
    return is_right


def _build(pan: Path, check: Check, *, progress: bool) -> bool:
    if wrong := generate(check.model, check.without, pan.parent):
        print(wrong, file=sys.stderr)
        return False
    # What must be found is found by the shortest way, what must not be there by the cheapest.
    how = ["-DNFAIR=3"] if progress else ["-DSAFETY", *(["-DBFS"] if check.without else [])]
    words = ["gcc", "-O1", "-w", *how, "-o", str(pan), "pan.c"]
    return subprocess.run(words, cwd=pan.parent, check=False).returncode == 0


def _printed(words: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout + done.stderr


def _line(*cells: str) -> str:
    model, name, without, states, seconds, verdict = cells
    return f"{model:8} {name:5} {without:17} {states:>10} {seconds:>8}  {verdict}"


if __name__ == "__main__":
    sys.exit(main())
