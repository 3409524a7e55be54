"""A file of secrets of an earlier version is completed, and what is in it stays."""

import json
import stat
from pathlib import Path

import pytest

from config.servers import keys


def test_a_file_without_the_watchdogs_password_gets_one_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    earlier = {name: value for name, value in keys.fresh().items() if name != "watch"}
    path.write_text(json.dumps(earlier))
    assert set(keys.read(path)) == {*earlier, "watch"}, "it can be read before it is completed"
    made = keys.read_or_make(path)
    assert {name: made[name] for name in earlier} == earlier
    assert keys.read_or_make(path) == keys.read(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"owner": "a"}'])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(keys.KeysUnreadable, match="damaged"):
        keys.read_or_make(path)
    assert path.read_text() == text
