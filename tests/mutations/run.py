"""Takes each safeguard away in a copy of the project, and wants the test beside it to go red.

A lock that no test misses is a lock that somebody will remove.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from config.servers.places import PROJECT

TABLE = Path(__file__).with_name("safeguards.toml")
RED, GREEN, NEITHER, GONE = "red, as it must be", "GREEN", "NEITHER", "ITS EDIT IS GONE"
PATIENCE = 180
_LEFT_BEHIND = shutil.ignore_patterns(".*", "var", "pictures")
# pytest's own exit codes: anything else is a mutation that does not run at all.
_PASSED, _FAILED = 0, 1


class EditRefused(ValueError):
    """The code has changed: the edit of this safeguard does not apply any more."""


@dataclass(frozen=True)
class Safeguard:
    """What is taken away, by which edit of which file, and the test that has to miss it."""

    taken_away: str
    file: str
    old: str
    new: str
    test: str

    def edited(self, root: Path = PROJECT) -> str:
        """Return the text of its file without it.

        :raises EditRefused: unless ``old`` stands there exactly once.
        """
        text = (root / self.file).read_text()
        if (found := text.count(self.old)) != 1:
            raise EditRefused(f"{self.taken_away}: found {found} times in {self.file}")
        return text.replace(self.old, self.new)


def read_table() -> list[Safeguard]:
    """Return all safeguards."""
    rows = tomllib.loads(TABLE.read_text())["safeguard"]
    return [Safeguard(**row) for row in rows]


def without(safeguard: Safeguard) -> str:
    """Run the test of a safeguard in a copy that does not have it; say how that ended."""
    with TemporaryDirectory(prefix="tandem-") as name:
        copy = Path(name) / "copy"
        shutil.copytree(PROJECT, copy, ignore=_LEFT_BEHIND)
        (copy / safeguard.file).write_text(safeguard.edited(copy))
        return judge(*run_tests(copy, [safeguard.test]))


def run_tests(root: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests of the project at ``root``; return pytest's exit code and what it printed."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        [*words, f"--timeout={PATIENCE}"],
        cwd=root,
        # The copy runs on its own files.
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip() or done.stderr


def judge(code: int, printed: str) -> str:
    """Read how a run of pytest ended. A test that could not even begin has missed nothing."""
    is_red = code == _FAILED and " failed" in printed.splitlines()[-1]
    return RED if is_red else GREEN if code == _PASSED else NEITHER


def main() -> int:
    """Take each away, or those that are named; return 1 if one is not missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only safeguards whose words contain one of these")
    words = parser.parse_args().words or [""]
    chosen = [one for one in read_table() if any(word in one.taken_away for word in words)]
    code, printed = run_tests(PROJECT, sorted({one.test for one in chosen}))
    if code != _PASSED:
        print(f"{printed}\nWith every safeguard in its place all of them have to pass.")
        return 1
    print(f"{'taken away':58} {'seconds':>7}  {'its test is':20} test")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(_told, chosen))
    wrong = len([verdict for verdict in verdicts if verdict != RED])
    print(
        f"{wrong} of {len(chosen)} are not missed." if wrong else f"All {len(chosen)} are missed."
    )
    return int(bool(wrong))


def _told(safeguard: Safeguard) -> str:
    begun = monotonic()
    try:
        verdict = without(safeguard)
    except EditRefused:
        verdict = GONE
    name = safeguard.test.partition("::")[2]
    print(f"{safeguard.taken_away:58} {monotonic() - begun:>7.1f}  {verdict:20} {name}", flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
