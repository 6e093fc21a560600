"""How long speech lasts, and when it interrupts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.session.timing import BargeIn, heard_part, interruption, spoken_ms, ssml_ms


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("a", 66), ("x" * 15, 1000), ("x" * 900, 60_000)])
def test_fifteen_characters_last_a_second(text: str, expected: int) -> None:
    assert spoken_ms(text) == expected


def test_breaks_are_added() -> None:
    assert ssml_ms('<speak>fifteen<break time="1.5s"/> letters<break strength="weak"/></speak>') == 2750


def when(settings: BargeIn, said: str, *, at: int, lasts: int, playback: int = 5000) -> int | None:
    return interruption(settings, began=0, ends=playback, said=said, speech_began=at, speech_ends=at + lasts)


@pytest.mark.parametrize(
    ("settings", "at", "expected"),
    [
        (BargeIn("none"), 100, None),
        (BargeIn("manual"), 100, None),
        (BargeIn("immediate"), 100, 100),
        (BargeIn("immediate", allow_after_ms=600), 100, 600),
        (BargeIn("immediate", allow_after_ms=1100), 100, 1100),
        (BargeIn("immediate", allow_after_ms=1101), 100, None),
        (BargeIn("minimum_characters", 5), 100, 600),
        (BargeIn("minimum_characters", 10), 100, 1100),
        (BargeIn("minimum_characters", 11), 100, None),
        (BargeIn("minimum_characters", 5, 900), 100, 900),
        (BargeIn("immediate"), 4999, 4999),
        (BargeIn("immediate"), 5000, None),
    ],
)
def test_ten_letters_in_a_second_interrupt(settings: BargeIn, at: int, expected: int | None) -> None:
    assert when(settings, "0123456789", at=at, lasts=1000) == expected


@given(st.text(max_size=50), st.integers(0, 5000), st.integers(0, 5000))
def test_more_patience_never_interrupts_earlier(said: str, at: int, lasts: int) -> None:
    never = 1_000_000
    moments = [
        when(BargeIn("minimum_characters", needed), said, at=at, lasts=lasts) or never for needed in (1, 3, 10, 40)
    ]
    assert all(earlier <= later for earlier, later in pairwise(moments))


@pytest.mark.parametrize(
    ("heard", "expected"),
    [(0, ""), (300, "one"), (400, "one two"), (1000, "one two three four"), (2000, "one two three four")],
)
def test_what_was_heard_ends_with_a_whole_word(heard: int, expected: str) -> None:
    assert heard_part("one two three four", heard, 1000) == expected
