"""A recorded call is sent again as a new call, over HTTP and WebSocket."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from aiflow_cli.clock import SystemClock
from aiflow_cli.protocol.codec import read_actions
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.recording.diff import compare
from aiflow_cli.recording.exchange import Exchange, Transport, observe
from aiflow_cli.recording.files import Entry, Header, Recording
from aiflow_cli.simulator.replay import Options, Replayed, replay, skipped
from aiflow_cli.transports.http import HttpWebhook
from aiflow_cli.transports.websocket import WebSocketWebhook
from tests.support.cli import NOW, FixedClock

from .bots import DROP, Bot, Event, act, http_bot, speak, websocket_bot

OLD = "5f0c2d9e-0000-4000-8000-000000000001"
AT = "2025-06-01T10:00:00.000Z"
AT_MS = 1_748_772_000_000


def event(kind: str, session: str = OLD, **fields: Any) -> Event:
    return {**sample_event(kind, session, now_ms=AT_MS), **fields}


def exchanged(
    sent: Event | None, *actions: dict[str, Any], transport: Transport = "http", raw: str | None = None
) -> Exchange:
    return observe(
        sent,
        Reply(duration_ms=1.0),
        flow_id="local",
        at=AT,
        source="call",
        url="http://127.0.0.1:1/",
        transport=transport,
        answer=read_actions(list(actions)),
        raw_event=raw,
    )


def recording(exchanges: Sequence[Exchange], *, step_ms: float = 0) -> Recording:
    entries = tuple(Entry(exchange, number * step_ms) for number, exchange in enumerate(exchanges))
    return Recording(Header(url="http://127.0.0.1:1/"), entries)


def to_http(recorded: Recording, bot: Bot, **options: Any) -> list[Replayed]:
    clock = options.pop("clock", SystemClock())
    return list(replay(recorded, lambda: HttpWebhook(bot.url), clock=clock, options=Options(**options)))


def to_websocket(recorded: Recording, bot: Bot, *, settle: float = 0.05, **options: Any) -> list[Replayed]:
    def connect() -> WebSocketWebhook:
        return WebSocketWebhook(bot.url, settle=settle)

    return list(replay(recorded, connect, clock=SystemClock(), options=Options(**options)))


def said(replayed: list[Replayed]) -> list[list[str]]:
    return [[str(action.get("text")) for action in one.exchange.actions] for one in replayed]


def echo(event: Event) -> dict[str, Any] | None:
    return speak(event, f"You said: {event['text']}") if event["type"] == "user_speak" else None


def talking(answer: Callable[[Event], dict[str, Any] | None]) -> Callable[[Event, ServerConnection], None]:
    def talk(event: Event, connection: ServerConnection) -> None:
        if (action := answer(event)) is not None:
            connection.send(json.dumps(action))

    return talk


CALL = [
    exchanged(event("session_start")),
    exchanged(event("user_speak", text="one"), speak(event("user_speak"), "before")),
    exchanged(event("assistant_speak", text="before", duration_ms=100)),
    exchanged(event("user_speak", text="two"), speak(event("user_speak"), "before")),
    exchanged(event("session_end")),
]


def test_every_event_is_sent_once_in_order_and_answered_anew() -> None:
    with http_bot(echo) as bot:
        replayed = to_http(recording(CALL), bot)

    assert bot.types == [exchange.type for exchange in CALL]
    assert said(replayed) == [[], ["You said: one"], [], ["You said: two"], []]
    assert [one.recorded for one in replayed] == CALL
    assert {one.exchange.source for one in replayed} == {"replay"}


def test_it_is_a_new_call_now() -> None:
    clock = FixedClock()
    with http_bot(echo) as bot:
        replayed = to_http(recording(CALL), bot, clock=clock)

    (session,) = {sent["session"]["id"] for sent in bot.events}
    assert session != OLD
    assert {one.exchange.session_id for one in replayed} == {session}
    assert bot.events[2]["speech_started_at"] == NOW * 1000
    assert replayed[0].exchange.at == "2026-01-01T00:00:00.000Z"


def test_ids_and_times_can_be_kept() -> None:
    with http_bot(echo) as bot:
        to_http(recording(CALL), bot, keep_ids=True)

    assert bot.events == [exchange.event for exchange in CALL]


def test_every_call_gets_an_id_of_its_own() -> None:
    second = [exchanged(event("session_start", "second-call")), exchanged(event("session_end", "second-call"))]
    with http_bot(echo) as bot:
        to_http(recording([CALL[0], second[0], CALL[-1], second[1]]), bot)

    ids = [sent["session"]["id"] for sent in bot.events]
    assert bot.types == ["session_start", "session_end"] * 2
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_original_timing_waits_for_the_call_time_and_fast_does_not() -> None:
    fast, timed = FixedClock(), FixedClock()
    with http_bot(echo) as bot:
        to_http(recording(CALL, step_ms=1500), bot, clock=fast)
        to_http(recording(CALL, step_ms=1500), bot, clock=timed, original_timing=True)

    assert fast.time == NOW
    assert timed.time == pytest.approx(NOW + 6)


def test_call_times_are_those_of_the_recording() -> None:
    with http_bot(echo) as bot:
        replayed = to_http(recording(CALL, step_ms=1500), bot)

    assert [one.call_time_ms for one in replayed] == [0, 1500, 3000, 4500, 6000]


def test_the_log_learns_which_exchange_is_repeated() -> None:
    with http_bot(echo) as bot:
        replayed = to_http(recording([CALL[0].with_id(17)]), bot, known_id=lambda exchange: exchange.id)

    assert replayed[0].exchange.replay_of == 17


def test_what_is_no_event_is_sent_as_it_was() -> None:
    received: list[str] = []

    def talk(connection: ServerConnection) -> None:
        received.extend(str(frame) for frame in connection)

    from threading import Thread

    from websockets.sync.server import serve

    with serve(talk, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        bot = Bot(f"ws://127.0.0.1:{server.socket.getsockname()[1]}/")
        raw = exchanged(None, raw=f"no event of {OLD}", transport="websocket")
        try:
            replayed = to_websocket(recording([CALL[0], raw]), bot)
        finally:
            server.shutdown()
            thread.join()

    session = replayed[0].exchange.session_id
    assert received[1] == replayed[1].exchange.raw_event == f"no event of {session}"


def test_a_bot_that_is_not_there_ends_the_call() -> None:
    with http_bot(lambda _: DROP) as bot:
        replayed = to_http(recording(CALL), bot)

    assert [one.exchange.outcome for one in replayed] == ["connection-error"]


def test_a_bot_hears_of_the_end_of_a_call_that_is_interrupted() -> None:
    with http_bot(echo) as bot:
        replaying = replay(recording(CALL), lambda: HttpWebhook(bot.url), clock=SystemClock())
        next(replaying)
        next(replaying)
        replaying.close()  # type: ignore[attr-defined]

    assert bot.types == ["session_start", "user_speak", "session_end"]
    assert len({sent["session"]["id"] for sent in bot.events}) == 1


def test_what_belongs_to_a_websocket_alone_is_left_out_on_http() -> None:
    push = exchanged(None, speak(event("user_speak"), "hm?"), transport="websocket")
    recorded = recording([CALL[0], exchanged(event("user_speech_started"), transport="websocket"), push, CALL[1]])
    with http_bot(echo) as bot:
        to_http(recorded, bot)

    assert bot.types == ["session_start", "user_speak"]
    assert sum(skipped(recorded, "http").values()) == 2
    assert skipped(recorded, "websocket") == {}


# -- WebSocket ---------------------------------------------------------------------------------------


def test_a_websocket_call_has_one_connection() -> None:
    second = [exchanged(event("session_start", "second-call")), exchanged(event("session_end", "second-call"))]
    with websocket_bot(talking(echo)) as bot:
        replayed = to_websocket(recording([*CALL, *second]), bot)

    assert said(replayed)[:5] == [[], ["You said: one"], [], ["You said: two"], []]
    assert len(bot.headers) == len(bot.close_codes) == 2
    assert {one.exchange.transport for one in replayed} == {"websocket"}


def test_a_slow_answer_is_waited_for_because_it_came_when_it_was_recorded() -> None:
    from threading import Event as Flag

    hurry = Flag()

    def talk(sent: Event, connection: ServerConnection) -> None:
        if sent["type"] == "user_speak":
            hurry.wait(0.3)
            connection.send(json.dumps(speak(sent, "slow")))

    with websocket_bot(talk) as bot:
        replayed = to_websocket(recording(CALL), bot, settle=0.01)

    assert said(replayed) == [[], ["slow"], [], ["slow"], []]


def test_an_answer_that_does_not_come_any_more_is_missed_and_the_call_goes_on() -> None:
    with websocket_bot(lambda event, connection: None) as bot:
        replayed = to_websocket(recording(CALL), bot, settle=0.01, timeout=0.1)

    assert said(replayed) == [[]] * 5
    assert [one.exchange.outcome for one in replayed] == ["no-action"] * 5


def test_more_frames_than_were_recorded_are_taken_too() -> None:
    def talk(sent: Event, connection: ServerConnection) -> None:
        if sent["type"] == "user_speak":
            for word in ("a", "b", "c"):
                connection.send(json.dumps(speak(sent, word)))

    with websocket_bot(talk) as bot:
        replayed = to_websocket(recording(CALL), bot)

    assert said(replayed) == [[], ["a", "b", "c"], [], ["a", "b", "c"], []]


@pytest.mark.parametrize("late", [False, True])
def test_a_push_comes_again_whether_it_is_fast_or_slow(late: bool) -> None:
    from threading import Timer

    recorded = recording(
        [
            exchanged(event("session_start"), transport="websocket"),
            exchanged(None, act(event("user_speak"), "barge_in"), transport="websocket"),
            exchanged(event("session_end"), transport="websocket"),
        ]
    )

    def talk(sent: Event, connection: ServerConnection) -> None:
        if sent["type"] == "session_start":
            Timer(0.2 if late else 0, connection.send, [json.dumps(act(sent, "barge_in"))]).start()

    with websocket_bot(talk) as bot:
        replayed = to_websocket(recorded, bot)

    assert sum(len(one.exchange.actions) for one in replayed) == 1
    again = recording([one.exchange for one in replayed])
    assert not compare(recorded, again).different
    assert {one.exchange.session_id for one in replayed} == {bot.events[0]["session"]["id"]}
