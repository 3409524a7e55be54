"""Files and functions that fit a head, and no work left lying about."""

import re

from tests.architecture import sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
# Spelled in two parts, so that this file does not find itself.
LEFT_LYING = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")


def test_no_file_is_longer_than_400_lines() -> None:
    files = (*sources.of_project(), *sources.of_tests())
    long = {
        source.path: source.text.count("\n")
        for source in files
        if source.text.count("\n") > LONGEST_FILE and not source.is_migration
    }
    assert long == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{source.path}:{function.lineno} {function.name}"
        for source in (*sources.of_project(), *sources.of_tests())
        for function in source.functions()
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_work_is_left_lying_about() -> None:
    files = (*sources.of_project(), *sources.of_tests())
    assert [source.path for source in files if LEFT_LYING.search(source.text)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        source.path
        for source in (*sources.of_project(), *sources.of_tests())
        if source.text.strip() and not source.is_migration and not _opens_with_words(source)
    ]
    assert silent == []


def _opens_with_words(source: sources.Source) -> bool:
    return source.text.startswith(('"""', "#!/usr/bin/env python\n"))
