"""The books of a call: how long a silence was."""

from __future__ import annotations

from aiflow_cli.protocol.actions import Speak
from aiflow_cli.session.effects import Heard, Playback, Playing
from aiflow_cli.session.steps import Step
from aiflow_cli.session.timing import DEFAULT_BARGE_IN
from aiflow_cli.simulator.tally import Tally


def playback(text: str) -> Playback:
    action = Speak(type="speak", session_id="1", text=text)
    return Playback(text, {"text": text}, 900, DEFAULT_BARGE_IN, None, action)


def test_silence_runs_from_the_end_of_the_words() -> None:
    tally = Tally(0)
    tally.begin(Step(kind="say", text="hello"), 1000, 500, opens=True)
    turn, first = tally.playing(Playing(1700, playback("Hello!")))
    assert (first, turn.silence_ms) == (True, 200)


def test_an_answer_that_waits_behind_a_playback_is_no_silence() -> None:
    tally = Tally(0)
    one, two = playback("You pressed 1."), playback("You pressed 2.")
    tally.begin(Step(kind="dtmf", text="1"), 2400, 0, opens=True)
    tally.playing(Playing(2400, one))
    # The second key is pressed while the first answer is still being heard.
    tally.begin(Step(kind="dtmf", text="2"), 2600, 0, opens=True)
    tally.heard(Heard(3300, one, 2400, None), one.text)
    turn, first = tally.playing(Playing(3300, two))
    assert (first, turn.silence_ms) == (True, 0)
