"""Whole calls against real bots over WebSocket: one connection per call, pushes, settling, close codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from aiflow_cli.clock import SystemClock
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.session.steps import Script, Step, saying
from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening, Noted, Speaking
from aiflow_cli.simulator.play import play
from aiflow_cli.transports.websocket import WebSocketWebhook

from .bots import Event, act, speak, until, websocket_bot

SETTLE = 0.05


def run(url: str, script: Script, *, secret: str | None = None, **options: Any) -> list[Happening]:
    with WebSocketWebhook(url, secret=secret, timeout=5, settle=SETTLE) as webhook:
        return list(play(script, webhook, **options))


def exchanges(happenings: list[Happening]) -> list[Exchange]:
    return [one.exchange for one in happenings if isinstance(one, Exchanged)]


def spoken(happenings: list[Happening]) -> list[tuple[int, str]]:
    return [(one.at_ms, one.text) for one in happenings if isinstance(one, Speaking)]


def ended(happenings: list[Happening]) -> Ended:
    last = happenings[-1]
    assert isinstance(last, Ended)
    return last


def echo(event: Event, connection: ServerConnection) -> None:
    if event["type"] == "session_start":
        connection.send(json.dumps(speak(event, "Hello!")))
    elif event["type"] == "user_speak":
        connection.send(json.dumps(speak(event, f"You said: {event['text']}")))


def test_a_call_is_one_connection() -> None:
    with websocket_bot(echo, secret="s3cret") as bot:
        first = run(bot.url, saying(["hi"]), secret="s3cret")
        second = run(bot.url, saying(["hi"]), secret="s3cret")
        until(lambda: len(bot.close_codes) == 2)
    assert spoken(first) == spoken(second) == [(0, "Hello!"), (833, "You said: hi")]
    assert bot.types[: len(bot.types) // 2] == [
        "session_start",
        "assistant_speak",
        "assistant_speech_ended",
        "user_speech_started",
        "user_speak",
        "assistant_speak",
        "assistant_speech_ended",
        "session_end",
    ]
    assert bot.close_codes == [1000, 1000]
    assert all(headers["x-api-token"] == "s3cret" for headers in bot.headers)


def test_voice_activity_comes_once_a_turn_and_before_the_words() -> None:
    with websocket_bot(echo) as bot:
        happenings = run(bot.url, saying(["a longer sentence", "and one more"]))
    noticed = [
        one.at_ms for one in happenings if isinstance(one, Exchanged) and one.exchange.type == "user_speech_started"
    ]
    words = [one.at_ms for one in happenings if isinstance(one, Exchanged) and one.exchange.type == "user_speak"]
    assert len(noticed) == len(words) == 2
    assert all(before < after for before, after in zip(noticed, words, strict=True))


def test_several_frames_are_one_answer_in_their_order() -> None:
    def chatty(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "session_start":
            connection.send(json.dumps([speak(event, "one"), speak(event, "two")]))
            connection.send(json.dumps(speak(event, "three")))

    with websocket_bot(chatty) as bot:
        happenings = run(bot.url, Script())
    assert [text for _, text in spoken(happenings)] == ["one", "two", "three"]
    assert len(exchanges(happenings)[0].actions) == 3
    assert exchanges(happenings)[0].transport == "websocket"
    assert exchanges(happenings)[0].status is None


@pytest.mark.parametrize("frame", ["not json", "[1, 2]", b"\xff\xfe", '"text"'])
def test_a_broken_frame_is_a_finding_and_the_call_goes_on(frame: str | bytes) -> None:
    def broken(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "session_start":
            connection.send(json.dumps(speak(event, "fine")))
            connection.send(frame)

    with websocket_bot(broken) as bot:
        happenings = run(bot.url, Script())
    assert exchanges(happenings)[0].outcome == "invalid-action"
    assert "frame 2" in exchanges(happenings)[0].problems[0].message
    assert [text for _, text in spoken(happenings)] == ["fine"]
    assert ended(happenings).reason == "caller_hangup"


class Lingering(WebSocketWebhook):
    """Holds the call after its first event until something is pushed: the bot's thinking time, made certain."""

    def deliver(self, event: Mapping[str, Any]) -> Reply:
        reply = super().deliver(event)
        if event["type"] == "session_start":
            frames = self.pushed(wait=5)
            self._pushed.extend(frames)
        return reply


def test_a_late_push_in_virtual_time_applies_at_once_and_says_so() -> None:
    def late(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "session_start":
            frame = json.dumps(speak(event, "sorry, I am late"))
            threading.Timer(SETTLE * 3, connection.send, [frame]).start()

    with websocket_bot(late) as bot, Lingering(bot.url, settle=SETTLE) as webhook:
        happenings = list(play(Script(steps=(Step(kind="silence", ms=1000),)), webhook))
    push = next(one for one in exchanges(happenings) if one.event is None)
    assert [finding.rule for finding in push.problems] == ["late-push"]
    assert push.session_id == bot.events[0]["session"]["id"]
    assert spoken(happenings) == [(0, "sorry, I am late")]


def test_a_push_in_real_time_needs_no_excuse() -> None:
    def later(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "session_start":
            frame = json.dumps(speak(event, "a surprise"))
            threading.Timer(SETTLE * 4, connection.send, [frame]).start()

    with websocket_bot(later) as bot:
        happenings = run(bot.url, Script(steps=(Step(kind="silence", ms=600),)), real_time=True)
    push = next(one for one in exchanges(happenings) if one.event is None)
    assert push.problems == []
    ((at, text),) = spoken(happenings)
    assert text == "a surprise"
    assert at >= SETTLE * 4 * 1000 - 50


def test_a_manual_playback_is_stopped_by_the_application() -> None:
    def manual(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "session_start":
            connection.send(json.dumps(speak(event, "A long introduction, really.", barge_in={"strategy": "manual"})))
        elif event["type"] == "user_speech_started":
            connection.send(json.dumps(act(event, "barge_in")))

    with websocket_bot(manual) as bot:
        happenings = run(bot.url, Script(steps=(Step(kind="barge_in", text="stop please", ms=500),)))
    assert "user_speak" in bot.types, "the words outlast the playback that the bot stopped"
    assert not any(isinstance(one, Noted) for one in happenings)


def test_a_bot_that_closes_the_line_is_gone() -> None:
    def leaving(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "user_speak":
            connection.close(1011, "out of ideas")

    with websocket_bot(leaving) as bot:
        last = ended(run(bot.url, saying(["hello", "again"])))
    assert last.reason == "webhook_lost"
    assert last.lost == "the bot closed the connection (code 1011, out of ideas)"


def test_a_closed_line_is_noticed_while_nobody_speaks() -> None:
    def leaving(event: Event, connection: ServerConnection) -> None:
        threading.Timer(0.1, connection.close, [1001, "going away"]).start()

    with websocket_bot(leaving) as bot:
        last = ended(run(bot.url, Script(steps=(Step(kind="silence", ms=60_000),)), real_time=True))
    assert last.lost == "the bot closed the connection (code 1001, going away)"
    assert last.at_ms < 30_000


def test_a_bot_that_hangs_up_and_closes_has_not_gone_away() -> None:
    def polite(event: Event, connection: ServerConnection) -> None:
        if event["type"] == "user_speak":
            connection.send(json.dumps(act(event, "hangup")))
            connection.close()

    with websocket_bot(polite) as bot:
        last = ended(run(bot.url, saying(["hello"])))
    assert (last.reason, last.lost) == ("assistant_hangup", None)


def test_a_wrong_secret_closes_the_line() -> None:
    with websocket_bot(echo, secret="right") as bot:
        last = ended(run(bot.url, saying(["hello"]), secret="wrong"))
    assert last.lost == "the bot closed the connection (code 1008, wrong secret)"


def test_nothing_listens_and_no_websocket() -> None:
    last = ended(run("ws://127.0.0.1:9/webhook", Script()))
    assert last.lost == "nothing listens at ws://127.0.0.1:9/webhook (connection refused)"


def test_an_http_server_is_no_websocket() -> None:
    from .bots import http_bot

    with http_bot(lambda event: None) as bot:
        last = ended(run(bot.url.replace("http:", "ws:"), Script()))
    assert last.lost is not None
    assert "refused the handshake with status 501" in last.lost


def test_the_clock_is_not_moved_by_settling() -> None:
    clock = SystemClock()
    started = clock.monotonic()
    with websocket_bot(echo) as bot:
        happenings = run(bot.url, saying(["hi"]))
    assert clock.monotonic() - started >= SETTLE * len(bot.events)
    assert ended(happenings).at_ms == 1933
