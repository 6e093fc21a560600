"""WebSocket webhooks through the recorder, with real servers and clients on both sides."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

from aiflow_cli.recorder import journal

from .apps import serving
from .conftest import Rig, wait_for
from .test_failing import free_port

Record = Callable[..., Rig]
Bot = Callable[[ServerConnection], None]

START = {"type": "session_start", "session": {"id": "s1"}}
SPEAK = {"type": "user_speak", "session": {"id": "s1"}, "text": "hello"}
END = {"type": "session_end", "session": {"id": "s1"}}


def say(text: str) -> str:
    return json.dumps({"type": "speak", "session_id": "s1", "text": text})


def echo(connection: ServerConnection) -> None:
    for frame in connection:
        event = json.loads(frame)
        if event["type"] == "user_speak":
            connection.send(say(f"You said: {event['text']}"))


@contextmanager
def bot(talk: Bot = echo, **settings: Any) -> Iterator[str]:
    """A WebSocket bot; yields its URL."""
    with serve(talk, "127.0.0.1", 0, **settings) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/socket"
        finally:
            server.shutdown()
            thread.join()


def call(rig: Rig, path: str = "/socket", **settings: Any) -> ClientConnection:
    line: ClientConnection = connect(f"ws://127.0.0.1:{rig.port}{path}", proxy=None, **settings)
    return line


def test_a_call_goes_through_and_is_recorded_event_by_event(record: Record) -> None:
    with bot() as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(START))
            line.send(json.dumps(SPEAK))
            assert line.recv(10) == say("You said: hello")
            line.send(json.dumps(END))
        exchanges = rig.log(3)
        assert [(e.type, len(e.actions), e.outcome) for e in exchanges] == [
            ("session_start", 0, "no-action"),
            ("user_speak", 1, "ok"),
            ("session_end", 0, "no-action"),
        ]
        assert {(e.transport, e.source, e.session_id, e.status) for e in exchanges} == {
            ("websocket", "tunnel", "s1", None)
        }
        assert (exchanges[1].duration_ms or 0) > 0


def test_an_action_is_on_disk_when_it_arrives(record: Record) -> None:
    with bot() as url:
        rig = record(url)
        with call(rig) as line:
            for count in range(1, 50):
                line.send(json.dumps(SPEAK))
                line.recv(10)
                assert rig.store.newest_id() == count


def test_frames_that_come_together_are_one_answer(record: Record) -> None:
    def talk(connection: ServerConnection) -> None:
        for _ in connection:
            connection.send(json.dumps({"type": "barge_in", "session_id": "s1"}))
            connection.send(say("at once"))

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(SPEAK))
            assert [json.loads(line.recv(10))["type"] for _ in range(2)] == ["barge_in", "speak"]
        actions = [action["type"] for exchange in rig.log() for action in exchange.actions]
        assert actions == ["barge_in", "speak"]


def test_a_frame_that_nobody_asked_for_is_a_push(record: Record) -> None:
    pushed = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(say("first"))
        assert pushed.wait(10)
        connection.send(say("by the way"))
        connection.recv()

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(SPEAK))
            line.recv(10)
            pushed.set()
            assert "by the way" in str(line.recv(10))
            _, push = rig.log(2)
        assert (push.event, push.session_id, push.actions[0]["text"]) == (None, "s1", "by the way")


def test_what_comes_after_the_call_is_a_late_push(record: Record) -> None:
    go = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(say("bye"))
        assert go.wait(10)
        connection.send(say("still there?"))
        connection.recv()

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(END))
            line.recv(10)
            go.set()
            line.recv(10)
            _, push = rig.log(2)
        assert "late-push" in {finding.rule for finding in push.problems}


def test_the_handshake_carries_headers_query_and_subprotocol(record: Record) -> None:
    seen: Queue[ServerConnection] = Queue()

    def talk(connection: ServerConnection) -> None:
        seen.put(connection)
        for _ in connection:
            pass

    with bot(talk, subprotocols=["flow.v1"]) as url:
        rig = record(url, secret="correct-horse")
        headers = {"X-API-TOKEN": "correct-horse", "X-Forwarded-Host": "abc.example", "X-Other": "1"}
        with call(rig, "/socket?bot=1", additional_headers=headers, subprotocols=["flow.v1"]) as line:
            assert line.subprotocol == "flow.v1"
        request = seen.get(timeout=10).request
        assert request is not None
        assert request.path == "/socket?bot=1"
        assert (request.headers["X-API-TOKEN"], request.headers["X-Other"]) == ("correct-horse", "1")
        assert request.headers["Host"] == url.split("/")[2]
        assert "X-Forwarded-Host" not in request.headers
        assert "Sec-WebSocket-Extensions" not in request.headers


@pytest.mark.parametrize(("path", "secret", "status"), [("/other", "s3cret", 404), ("/socket", "wrong", 401)])
def test_the_gate_is_the_same(record: Record, path: str, secret: str, status: int) -> None:
    with bot() as url:
        rig = record(url, secret="s3cret")
        with pytest.raises(InvalidStatus) as refused:
            call(rig, path, additional_headers={"X-API-TOKEN": secret})
        assert refused.value.response.status_code == status
        assert rig.log()[0].outcome == "rejected"


def test_a_bot_that_is_down_is_502_and_recorded(record: Record) -> None:
    rig = record(f"ws://127.0.0.1:{free_port()}/socket")
    with pytest.raises(InvalidStatus) as refused:
        call(rig)
    assert refused.value.response.status_code == 502
    (exchange,) = rig.log()
    assert (exchange.outcome, exchange.transport) == ("connection-error", "websocket")


def test_a_bot_that_speaks_http_only_is_told(record: Record) -> None:
    with serving() as app:
        rig = record(app.url.replace("http", "ws", 1))
        with pytest.raises(InvalidStatus) as refused:
            call(rig, "/webhook")
        assert refused.value.response.status_code == 502
        assert "refused the WebSocket handshake with status 200" in rig.log()[0].problems[0].message


def test_long_messages_and_fragments_arrive_whole(record: Record) -> None:
    def talk(connection: ServerConnection) -> None:
        for frame in connection:
            connection.send(frame)

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            long = json.dumps({**SPEAK, "text": "x" * 500_000})
            line.send(long)
            assert line.recv(10) == long
            line.send(iter(["a", "b", "c"]))
            assert line.recv(10) == "abc"
            line.send(b"\x00\xff")
            assert line.recv(10) == b"\x00\xff"


def test_more_than_1_mib_ends_the_call(record: Record) -> None:
    with bot() as url:
        rig = record(url)
        with call(rig) as line:
            line.send("x" * (1024 * 1024 + 1))
            with pytest.raises(ConnectionClosed) as closed:
                line.recv(10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


def test_goodbyes_are_passed_on_both_ways(record: Record) -> None:
    codes: list[int | None] = []

    def talk(connection: ServerConnection) -> None:
        for frame in connection:
            if frame == "hang up":
                connection.send(say("last words"))
                return connection.close(4001, "enough")
        codes.append(connection.close_code)

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            line.send("hang up")
            assert line.recv(10) == say("last words")
            with pytest.raises(ConnectionClosed) as closed:
                line.recv(10)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "enough")
        with call(rig) as line:
            line.close(1001)
        wait_for(lambda: codes == [1001])


def test_a_bot_that_dies_during_an_event_is_a_connection_error(record: Record) -> None:
    def talk(connection: ServerConnection) -> None:
        connection.recv()
        connection.socket.close()

    with bot(talk) as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(SPEAK))
            with pytest.raises(ConnectionClosed):
                line.recv(10)
        (exchange,) = rig.log()
        assert (exchange.outcome, exchange.event) == ("connection-error", SPEAK)


def test_without_a_log_nothing_goes_through(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BUSY_SECONDS", 0.1)
    with bot() as url:
        rig = record(url)
        other = sqlite3.connect(rig.store.path, isolation_level=None)
        with call(rig) as line:
            other.execute("BEGIN IMMEDIATE")
            line.send(json.dumps(SPEAK))
            with pytest.raises(ConnectionClosed) as closed:
                line.recv(10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        other.execute("ROLLBACK")
        other.close()


def test_many_calls_at_once_keep_apart(record: Record) -> None:
    with bot() as url:
        rig = record(url)
        wrong: list[str] = []

        def talk(number: int) -> None:
            with call(rig) as line:
                for turn in range(20):
                    line.send(json.dumps({**SPEAK, "text": f"{number}-{turn}"}))
                    if line.recv(10) != say(f"You said: {number}-{turn}"):
                        wrong.append(f"{number}-{turn}")

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(rig.log(200)) == 200


def test_the_end_of_the_recorder_says_goodbye(record: Record) -> None:
    with bot() as url:
        rig = record(url)
        with call(rig) as line:
            line.send(json.dumps(SPEAK))
            line.recv(10)
            ending = threading.Thread(target=rig.stop)
            ending.start()
            with pytest.raises(ConnectionClosed) as closed:
                line.recv(10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
            ending.join(10)
            assert not ending.is_alive()
