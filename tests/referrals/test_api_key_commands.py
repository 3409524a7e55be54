"""The commands that let a practice's system in, and shut it out."""

import json

import pytest
from django.core.management import CommandError, call_command

from referrals.services.keys import KeyRefused, find_api_key
from tests import factories as make


@pytest.fixture
def practice(maintenance):
    return make.make_practice(name="DEMO North")


def test_the_printed_key_opens_the_door_of_that_practice_alone(practice, capsys):
    call_command("issue_api_key", "DEMO North", "--scope", "referral.read", "--json")
    key = find_api_key(json.loads(capsys.readouterr().out)["key"])
    assert key.practice == practice
    assert key.scopes == ["referral.read"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Nowhere"], "Known: DEMO North"),
        (["DEMO North", "--days", "366"], "at most 365"),
        (["DEMO North", "--days", "0"], "at most 365"),
    ],
)
def test_a_mistake_is_explained_and_issues_nothing(practice, words, said):
    with pytest.raises(CommandError, match=said):
        call_command("issue_api_key", *words)
    assert not practice.api_keys.exists()


def test_a_revoked_key_opens_nothing_from_that_moment_on(practice, capsys):
    call_command("issue_api_key", "DEMO North")
    key = capsys.readouterr().out.strip()
    assert find_api_key(key).practice == practice
    call_command("revoke_api_key", key.partition(".")[0])
    with pytest.raises(KeyRefused):
        find_api_key(key)


def test_revoking_an_unknown_key_is_explained(practice):
    with pytest.raises(CommandError, match="No API key begins with nothing"):
        call_command("revoke_api_key", "nothing")
