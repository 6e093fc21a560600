"""Ids, times and given patterns are masked; what merely looks alike is not."""

from __future__ import annotations

import pytest

from aiflow_cli.errors import ConfigError
from aiflow_cli.recording.masks import Masks

UUID = "0B0fa5a6-5b4e-4c38-9a3c-6d1f6d0c2e11"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"call {UUID}.", "call <id>."),
        ("at 2026-01-31T12:00:00.123Z", "at <time>"),
        ("at 2026-01-31 12:00 today", "at <time> today"),
        ("at 2026-01-31T12:00:00+01:00", "at <time>"),
        ("sent 1769860800000 ms", "sent <time> ms"),
        ("sent 1769860800", "sent <time>"),
        # An opening hour, a phone number and an order are what the caller is told.
        ("we open at 9:30", "we open at 9:30"),
        ("call +15551234567", "call +15551234567"),
        ("call +1769860800", "call +1769860800"),
        ("order 17698608001", "order 17698608001"),
        ("order 4711", "order 4711"),
    ],
)
def test_built_in_masks(text: str, masked: str) -> None:
    assert Masks().text(text) == masked


def test_given_patterns_come_first() -> None:
    assert Masks([r"order \d+"]).text(f"order 4711 of {UUID}") == "<masked> of <id>"


def test_the_built_in_masks_can_be_left_out() -> None:
    assert Masks(["x"], built_in=False).text(f"x {UUID}") == f"<masked> {UUID}"


def test_values_of_any_depth_are_masked() -> None:
    value = {"a": [UUID, 1769860800000, 5, True, None, 1.5]}

    assert Masks().value(value) == {"a": ["<id>", "<time>", 5, True, None, 1.5]}


def test_ignored_fields_take_their_inner_fields_with_them() -> None:
    masks = Masks(ignored=["tts", "barge_in.strategy"])

    assert masks.ignores("tts")
    assert masks.ignores("tts.voice")
    assert masks.ignores("barge_in.strategy")
    assert not masks.ignores("barge_in.minimum_characters")
    assert not masks.ignores("ttsx")


def test_a_bad_pattern_is_named() -> None:
    with pytest.raises(ConfigError, match=r"the mask \( is no regular expression"):
        Masks(["("])
