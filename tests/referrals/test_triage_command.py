"""`manage.py triage` as a program: lines in, lines out, no database, exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.referrals.clinical.vectors import VECTORS

ROOT = Path(__file__).parents[2]
# Nothing listens there, so whatever asked for a database would fail.
NOWHERE = {
    **dict.fromkeys(
        (
            "DATABASE_URL",
            "ENGINE_DATABASE_URL",
            "OWNER_DATABASE_URL",
            "WATCH_DATABASE_URL",
        ),
        "postgres://nobody@127.0.0.1:1/nowhere",
    ),
    "SECRET_KEY": "only-for-this-test-and-long-enough-for-it-to-be-taken-as-a-key",
    "FIELD_KEYS": "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}


def run(text, *options):
    return subprocess.run(
        [sys.executable, "manage.py", "triage", *options],
        cwd=ROOT,
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **NOWHERE},
    )


def test_all_vectors_pass_without_a_database():
    lines = [json.dumps({"id": v["id"], "findings": v["in"]}) for v in VECTORS]
    done = run("\n".join(lines))
    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(a["id"], a["tier"]) for a in answers] == [(v["id"], v["tier"]) for v in VECTORS]


def test_a_bad_line_gives_exit_code_1_and_the_rest_is_answered():
    done = run('nonsense\n{"id": "a", "findings": {"pvr_ml": 800}, "why": 1}\n')
    assert done.returncode == 1
    bad, good = (json.loads(line) for line in done.stdout.splitlines())
    assert bad["error"]["problems"]
    assert good["tier"] == "EMERGENCY"
    assert b"why is no key" in done.stderr


def test_the_help_says_what_goes_in_and_that_nobody_reviewed_the_rules():
    words = " ".join(run("", "--help").stdout.decode().split())
    assert '{"id": "a", "findings": {"pvr_ml": 800}' in words
    assert "No clinician has reviewed them" in words


def test_a_line_is_answered_before_the_next_one_comes():
    with subprocess.Popen(
        [sys.executable, "manage.py", "triage"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        program.stdin.write(b'{"id": "a", "findings": {}}\n')
        program.stdin.flush()
        assert json.loads(program.stdout.readline())["id"] == "a"
        program.stdin.close()
        assert program.wait(timeout=30) == 0
