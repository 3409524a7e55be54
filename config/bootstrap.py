"""Makes `.venv` as `requirements.lock` says. Run by make with a bare Python: standard library only.

A finished installation leaves a stamp; one that was cut short leaves a mark and is made anew.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

PROJECT = Path(__file__).resolve().parents[1]
VENV = PROJECT / ".venv"
LOCK = PROJECT / "requirements.lock"
STAMP = VENV / "tandem-installed"
UNFINISHED = VENV / "tandem-unfinished"
PYTHON = VENV / "bin" / "python"


def main() -> None:
    """Return once `.venv` holds exactly what the lock names, or say what is missing."""
    with alone():
        if STAMP.exists() and STAMP.read_text() == fingerprint():
            return
        begun = monotonic()
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit(
                f"{sys.executable} cannot make virtual environments (no ensurepip).\n"
                "On Debian and Ubuntu: apt install python3-venv   Or name another Python: "
                "make PYTHON=/path/to/python3 …"
            )
        make_environment()
        install()
        UNFINISHED.unlink()
        STAMP.write_text(fingerprint())
        say(f"Installed in {monotonic() - begun:.0f} s.\n")


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock, so that of two makes the second waits for the first."""
    path = PROJECT / ".venv.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        sys.exit(f"{PROJECT} is not writable for this user. Run make as its owner, or in a clone.")
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make is installing; waiting for it.\n")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def fingerprint() -> str:
    """Return what an installation depends on: the lock, this Python, and the folder.

    A virtual environment holds its own path: one that was moved or copied is made again.
    """
    parts = (LOCK.read_bytes(), sys.version.encode(), os.fsencode(VENV))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_environment() -> None:
    """Make the environment unless a sound one for this version of Python is there."""
    if UNFINISHED.exists() or not is_sound():
        say(f"Making {VENV} with Python {sys.version.split()[0]}\n")
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
        UNFINISHED.touch()
        venv.create(VENV, with_pip=True, symlinks=True)
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()


def is_sound() -> bool:
    """Say whether the environment runs, has pip, and is of our version and in this place."""
    question = "import pip, sys; print(sys.prefix, *sys.version_info[:2])"
    try:
        done = subprocess.run(
            [PYTHON, "-I", "-c", question], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return done.stdout.split() == [str(VENV), *map(str, sys.version_info[:2])]


def install() -> None:
    """Install what the lock names, every file checked against its hash."""
    total = sum("==" in line for line in LOCK.read_text().splitlines())
    say(f"Installing {total} packages, once\n")
    environ = {name: value for name, value in os.environ.items() if name != "PIP_USER"}
    command = [str(PYTHON), "-I", "-m", "pip", "install", "--require-hashes", "-r", str(LOCK)]
    with subprocess.Popen(
        [*command, "--no-input", "--disable-pip-version-check", "--progress-bar=off"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environ,
        cwd=PROJECT,
    ) as pip:
        told = follow(pip.stdout or (), total)
    if pip.returncode:
        sys.exit(
            f"\n{''.join(told[-15:])}\npip could not install {LOCK.name} (exit {pip.returncode}). "
            "Is the package index within reach? Run the same command again to go on."
        )


def follow(lines: Iterable[str], total: int) -> list[str]:
    """Show how far pip is, and return all that it said."""
    told = []
    collected = 0
    for line in lines:
        told.append(line)
        if line.startswith("Collecting "):
            collected += 1
            if collected % 10 == 0:
                say(f"  {collected} of {total}\n")
        elif line.startswith("Installing collected"):
            say("  unpacking\n")
    return told


def say(text: str) -> None:
    """Write to stderr at once: stdout belongs to the command that make runs next."""
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
