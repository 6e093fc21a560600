"""The table is whole: every state can be reached and left, and every event type of the protocol is in it."""

from __future__ import annotations

from aiflow_cli.protocol.events import EVENTS
from aiflow_cli.session.states import MEANING, NEW, OVER, TABLE, TRIGGERS, State, diagram, tables


def test_every_state_is_reached_from_the_first() -> None:
    reached: set[State] = {NEW}
    frontier: list[State] = [NEW]
    while frontier:
        for move in TABLE[frontier.pop()].values():
            if move.target not in reached:
                reached.add(move.target)
                frontier.append(move.target)
    assert reached == set(TABLE) == set(MEANING)


def test_every_call_can_end_and_the_end_is_final() -> None:
    assert TABLE[OVER] == {}
    for state, moves in TABLE.items():
        if state not in (NEW, OVER):
            assert moves["leave"] == (OVER, "session_end")


def test_every_trigger_is_used_and_explained() -> None:
    assert {trigger for moves in TABLE.values() for trigger in moves} == set(TRIGGERS)


def test_the_events_of_the_table_are_those_of_the_protocol() -> None:
    delivered = {move.delivers for moves in TABLE.values() for move in moves.values()} - {None}
    # Voice activity is no change of state; user_barge_in is the legacy form of user_speak with barged_in.
    assert delivered == set(EVENTS) - {"user_speech_started", "user_barge_in"}


def test_no_words_are_delivered_while_a_playback_goes_on() -> None:
    for state in ("speaking", "overlap"):
        assert "user_speak" not in {move.delivers for move in TABLE[state].values()}


def test_the_diagram_has_a_line_for_every_move() -> None:
    text = diagram()
    assert text.startswith("stateDiagram-v2\n    [*] --> new\n    new --> listening: connect / session_start\n")
    assert text.count("-->") == 2 + sum(len(moves) for moves in TABLE.values())
    assert "overlap --> speaking: speech_ends\n" in text


def test_the_tables_explain_every_name() -> None:
    for name in (*MEANING, *TRIGGERS):
        assert f"| `{name}` |" in tables()
