"""Whole simulated calls to every bot: the same call is the same conversation, whatever language the bot is in."""

import json

import pytest

from aiflow_cli.session.expect import unmet
from aiflow_cli.session.script import parse
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, Heard, Noted, Said, TurnDone
from aiflow_cli.simulator.play import play
from aiflow_cli.transports.reach import reach

from .bots import SECRET, TRANSFER_NUMBER, RunningBot, bot_params
from .conftest import Bots

CALL = """
steps:
  - silence: 12
  - say: I would like to order something
    expect: {speak: "You said: I would like to order something", hangup: no}
  - barge_in: {say: no wait, after_ms: 700}
    expect: {speak: {equals: "You said: no wait"}}
  - dtmf: "1#"
    expect: {speak: {contains: [You pressed 1., "You pressed #."]}}
  - say: goodbye
    expect: {hangup: yes, speak: {absent: goodbye}}
"""
LONG = "steps:\n" + "  - say: and one more thing please\n  - silence: 20\n  - dtmf: '7'\n" * 12
HEARD = [
    (0, "Hello! How can I help you today?", None),
    (10_133, "Are you still there?", None),
    (16_199, "You said: I would like to order something", "caller"),
    (17_365, "You said: no wait", None),
    (18_798, "You pressed 1.", None),
    (19_731, "You pressed #.", None),
]
every_bot = pytest.mark.parametrize("template", bot_params(websocket=True))


def call(bot: RunningBot, script: str, *, secret: str | None = SECRET) -> list[Happening]:
    (one,) = parse(script, "call.yaml")
    webhook = reach(bot.url, secret=secret, settle=0.15)
    try:
        return list(play(one, webhook))
    finally:
        webhook.close()


def ended(happenings: list[Happening]) -> Ended:
    last = happenings[-1]
    assert isinstance(last, Ended)
    return last


def transcript(happenings: list[Happening]) -> list[object]:
    """Everything but session ids, the time of day, and what was measured."""
    lines: list[object] = []
    for one in happenings:
        match one:
            case Exchanged(exchange=exchange):
                event = {**(exchange.event or {}), "speech_started_at": None}
                said = json.dumps([event, list(exchange.actions)])
                lines.append((one.at_ms, exchange.outcome, said.replace(str(exchange.session_id), "")))
            case Heard():
                lines.append((one.at_ms, one.text, one.heard, one.cut_by, one.silence_ms))
            case Said() | Noted():
                lines.append(one)
    return lines


@every_bot
def test_a_whole_call_is_the_same_conversation_with_every_bot(bots: Bots, template: str) -> None:
    happenings = call(bots(template, True), CALL)
    (script,) = parse(CALL, "call.yaml")
    assert [one for done in happenings if isinstance(done, TurnDone) for one in unmet(script, done.turn)] == []
    assert [(one.began_ms, one.text, one.cut_by) for one in happenings if isinstance(one, Heard)] == HEARD
    assert ended(happenings).reason == "assistant_hangup"
    assert ended(happenings).unanswered == 0
    problems = [problem for one in happenings if isinstance(one, Exchanged) for problem in one.exchange.problems]
    assert [problem for problem in problems if problem.rule != "slow-answer"] == []


@pytest.mark.parametrize("template", bot_params())
def test_five_minutes_are_the_same_twice(bots: Bots, template: str) -> None:
    bot = bots(template, False)
    first, second = call(bot, LONG), call(bot, LONG)
    assert ended(first).at_ms > 300_000
    assert transcript(first) == transcript(second)


@every_bot
def test_a_caller_is_transferred(bots: Bots, template: str) -> None:
    last = ended(call(bots(template, True), "steps: [{say: an agent please}]"))
    assert (last.reason, last.target) == ("transfer", TRANSFER_NUMBER)


@every_bot
def test_a_call_without_the_secret_is_refused(bots: Bots, template: str) -> None:
    happenings = call(bots(template, True), "steps: [{say: hello}]", secret=None)
    exchanges = [one.exchange for one in happenings if isinstance(one, Exchanged)]
    assert not [exchange for exchange in exchanges if exchange.actions]
    assert "401" in exchanges[0].problems[0].message


@pytest.mark.parametrize("template", ["flask+websocket"])
def test_voice_activity_and_keys_pass_over_the_websocket(bots: Bots, template: str) -> None:
    happenings = call(bots(template, False), "steps: [{say: hello}, {dtmf: 7}]")
    types = [one.exchange.type for one in happenings if isinstance(one, Exchanged)]
    assert types.count("user_speech_started") == 1
    assert {one.exchange.transport for one in happenings if isinstance(one, Exchanged)} == {"websocket"}
