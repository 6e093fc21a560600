"""The chain of upgrades: every step from the recording's version on, each once, in order."""

from __future__ import annotations

from typing import Any

import pytest

from aiflow_cli.recording.upgrade import FORMAT_VERSION, STEPS, NewerFormat, Step, Upgrade


def _rename(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in document.items()}


STEPS_FOR_TEST = {
    1: Step(line=lambda line: _rename(line, "ms", "durationMs")),
    2: Step(header=lambda header: {**header, "redacted": False}, line=lambda line: _rename(line, "durationMs", "took")),
}


def test_every_step_is_taken_once_and_in_order() -> None:
    upgrade = Upgrade(1, steps=STEPS_FOR_TEST, current=3)

    assert upgrade.header({"url": "x"}) == {"url": "x", "redacted": False}
    assert upgrade.line({"ms": 5}) == {"took": 5}


def test_a_later_version_skips_the_steps_before_it() -> None:
    assert Upgrade(2, steps=STEPS_FOR_TEST, current=3).line({"ms": 5}) == {"ms": 5}


def test_the_current_version_is_left_alone() -> None:
    document = {"anything": 1}

    assert Upgrade(FORMAT_VERSION).header(document) == document
    assert Upgrade(FORMAT_VERSION).line(document) == document


def test_there_is_a_step_from_every_older_version() -> None:
    assert sorted(STEPS) == list(range(1, FORMAT_VERSION))


def test_a_newer_version_is_told_from_one_that_never_was() -> None:
    with pytest.raises(NewerFormat, match="recording format 4, this one knows 3"):
        Upgrade(4, steps=STEPS_FOR_TEST, current=3)
    for version in (0, -1):
        with pytest.raises(ValueError, match=f"there is no recording format {version}"):
            Upgrade(version, steps=STEPS_FOR_TEST, current=3)


@pytest.mark.parametrize("version", [None, "1", 1.0, True, []])
def test_a_version_is_a_whole_number(version: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        Upgrade(version)
