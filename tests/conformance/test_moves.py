"""Moves as call files and as words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.conformance.generate import calls
from aiflow_cli.conformance.moves import Move, call_file, in_words
from aiflow_cli.session.script import parse

TOLD = (
    Move("say", "hi"),
    Move("interrupt", "stop", 300),
    Move("press", "1#"),
    Move("wait", ms=2500),
    Move("vanish", "bye"),
    Move("again"),
    Move("swap"),
    Move("hostile", body=b"\xff"),
    Move("hang_up"),
)


def test_a_call_in_words() -> None:
    assert in_words(TOLD) == (
        "call; say 'hi'; say 'stop' 300 ms into the playback; press 1#; be silent for 2500 ms; "
        "say 'bye' and hang up before the answer; deliver the last event again; "
        "deliver the next event after the one behind it; send b'\\xff'; hang up"
    )


def test_what_a_caller_does_is_in_the_call_file_and_the_rest_is_told() -> None:
    text = call_file(TOLD, about="it broke")
    (script,) = parse(text, "found.yaml")
    assert [(step.kind, step.text, step.ms) for step in script.steps] == [
        ("say", "hi", 0),
        ("barge_in", "stop", 300),
        ("dtmf", "1#", 0),
        ("silence", "", 2500),
        ("say", "bye", 0),
        ("hangup", "", 0),
    ]
    assert text.startswith("# it broke\n# not in this file: deliver the last event again\n")


@given(calls, st.text())
def test_every_generated_call_is_a_readable_call_file(moves: list[Move], about: str) -> None:
    (script,) = parse(call_file(moves, about=about), "found.yaml")
    said = [move.text for move in moves if move.kind in ("say", "interrupt", "vanish") and move.text.strip()]
    assert [step.text for step in script.steps if step.kind in ("say", "barge_in")] == said


def test_long_values_are_cut() -> None:
    assert str(Move("hostile", body=b"[" * 20_000)) == f"send {b'[' * 40!r}... (20000 bytes)"
