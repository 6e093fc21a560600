"""When the app, the log or the time runs out: an answer to the caller and a line in the log, always."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aiflow_cli.recorder import journal, recorder, upstream
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store

from .apps import ACTION, Caller, Seen, answer, echo, post, serving
from .conftest import Rig, wait_for

Record = Callable[..., Rig]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_an_app_that_is_down_is_502_and_connection_error(record: Record) -> None:
    rig = record(f"http://127.0.0.1:{free_port()}/webhook")
    assert rig.ask(post())[0] == 502
    (exchange,) = rig.log()
    assert (exchange.outcome, exchange.status, exchange.duration_ms) == ("connection-error", None, None)
    assert "nothing listens at http://127.0.0.1" in exchange.problems[0].message


def test_a_name_that_is_nowhere_is_502(record: Record) -> None:
    rig = record("http://nowhere.invalid/webhook")
    assert rig.ask(post())[0] == 502
    assert "cannot be reached" in rig.log()[0].problems[0].message


def test_no_answer_in_time_is_504_and_timeout(record: Record) -> None:
    with serving(lambda _: None) as app:
        rig = record(app.url, timeout=0.1)
        caller = rig.caller()
        assert caller.ask(post())[0] == 504
        assert rig.log()[0].outcome == "timeout"
        assert caller.ask(post())[0] == 504


def test_half_an_answer_in_time_is_504_too(record: Record) -> None:
    with serving(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as app:
        rig = record(app.url, timeout=0.1)
        assert rig.ask(post())[0] == 504
        assert rig.log()[0].outcome == "timeout"


BROKEN_ANSWERS = {
    "not HTTP": b"hello\r\n\r\n\r\nConnection: close",
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}\r\nConnection: close",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}\r\nConnection: close",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
}


@pytest.mark.parametrize("reply", BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS.keys())
def test_an_answer_that_is_none_is_502(record: Record, reply: bytes) -> None:
    with serving(lambda _: reply) as app:
        rig = record(app.url)
        assert rig.ask(post())[0] == 502
        assert rig.log()[0].outcome == "connection-error"


def test_an_app_that_hangs_up_is_502_and_asked_once(record: Record) -> None:
    def respond(seen: Seen) -> bytes | None:
        if len(app.seen) == 2:
            seen.gone()
            return None
        return echo(seen)

    with serving(respond) as app:
        rig = record(app.url)
        caller = rig.caller()
        assert [caller.ask(post())[0] for _ in range(3)] == [200, 502, 200]
        # An event is never delivered twice, not even where the connection was a used one.
        assert len(app.seen) == 3


def test_an_answer_beyond_bounds_is_502_and_said_so(record: Record) -> None:
    with serving(lambda _: answer(b"x" * (5 * 1024 * 1024))) as app:
        rig = record(app.url)
        assert rig.ask(post())[0] == 502
        (exchange,) = rig.log()
        assert "body-too-large" in {finding.rule for finding in exchange.problems}
        assert len(exchange.raw_answer or "") <= 64 * 1024


def test_bytes_nobody_asked_for_never_become_an_answer(record: Record) -> None:
    extra = answer(b'{"type":"hangup"}')
    with serving(lambda seen: echo(seen) + extra) as app:
        caller = record(app.url).caller()
        bodies = {caller.ask(post())[2] for _ in range(5)}
        assert bodies == {echo(app.seen[0]).partition(b"\r\n\r\n")[2]}


def test_a_used_connection_is_given_up_before_servers_do(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "IDLE_SECONDS", -1.0)
    with serving() as app:
        caller = record(app.url).caller()
        assert [caller.ask(post())[0] for _ in range(3)] == [200] * 3
        assert app.connections == 3


def test_a_request_that_never_becomes_complete_is_408(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "RECEIVE_SECONDS", 0.1)
    monkeypatch.setattr(recorder, "SWEEP_SECONDS", 0.02)
    with serving() as app:
        rig = record(app.url)
        for half in (b"", post()[:20], post()[:-5]):
            caller = rig.caller()
            caller.send(half)
            assert caller.read()[0] == 408
        assert app.seen == []


def test_too_many_connections_are_503(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_CONNECTIONS", 2)
    with serving() as app:
        rig = record(app.url)
        callers = [rig.caller() for _ in range(2)]
        assert [caller.ask(post())[0] for caller in callers] == [200, 200]
        assert rig.ask(post())[0] == 503


def test_a_log_that_is_busy_is_waited_for(record: Record) -> None:
    with serving() as app:
        rig = record(app.url)
        other = sqlite3.connect(rig.store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        caller = rig.caller()
        caller.send(post())
        assert app.arrived.wait(10)
        # The recorder goes on answering what needs no log.
        test = rig.running.self_test
        assert rig.ask(post(b"", headers=f"X-Aiflow-Self-Test: {test.question}\r\n"))[0] == 200
        other.execute("COMMIT")
        other.close()
        assert caller.read()[0] == 200
        assert rig.log()[0].outcome == "ok"


def test_without_a_log_nothing_is_let_through_and_afterwards_it_is(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BUSY_SECONDS", 0.1)
    with serving() as app:
        rig = record(app.url)
        other = sqlite3.connect(rig.store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        caller = rig.caller()
        assert caller.ask(post())[0] == 503
        # This one has not even reached the app.
        assert caller.ask(post())[0] == 503
        assert len(app.seen) == 1
        other.execute("ROLLBACK")
        other.close()
        (missed,) = rig.log()
        assert (missed.outcome, missed.problems[0].rule) == ("rejected", "not-passed-on")
        assert missed.actions == [ACTION]
        wait_for(lambda: caller.ask(post())[0] == 200)


def test_a_long_log_is_moved_into_the_file_while_traffic_flows(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "CHECKPOINT_BYTES", 100_000)
    monkeypatch.setattr(journal, "RESTART_BYTES", 200_000)
    monkeypatch.setattr(journal, "COMMITS_BETWEEN_LOOKS", 5)
    with serving() as app:
        rig = record(app.url)
        caller = rig.caller()
        for _ in range(300):
            assert caller.ask(post())[0] == 200
        log = rig.store.path.with_name(rig.store.path.name + "-wal")
        # How soon depends on the disk; that it happens does not.
        wait_for(lambda: caller.ask(post())[0] == 200 and log.stat().st_size < 1_000_000)
        assert len(rig.log(301)) >= 301


RECORDER = """
import sys
from pathlib import Path
from aiflow_cli.recorder.recorder import Recorder
from aiflow_cli.recorder.running import running
from aiflow_cli.recorder.target import Target
from aiflow_cli.store.store import Store

url, path = sys.argv[1:]
store = Store(Path(path))
with running(lambda: Recorder(Target.parse(url), store, flow_id="local")) as recorder:
    print(recorder.port, flush=True)
    sys.stdin.read()
"""


def test_a_kill_under_load_loses_no_answered_exchange(tmp_path: Path) -> None:
    path = tmp_path / "aiflow.db"
    with serving(lambda seen: answer(seen.body)) as app:
        process = subprocess.Popen(
            [sys.executable, "-c", RECORDER, app.url, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None and process.stdin is not None
            port = int(process.stdout.readline())
            callers = [Caller(port) for _ in range(8)]
            answered: set[bytes] = set()
            for turn in range(60):
                bodies = [b'{"type":"x","session":{"id":"%d-%d"}}' % (turn, n) for n in range(len(callers))]
                for caller, body in zip(callers, bodies, strict=True):
                    caller.send(post(body))
                if turn == 59:
                    break
                answered.update(caller.read()[2] for caller in callers)
            # Some of the last round are answered, some are not.
            answered.add(callers[0].read()[2])
            process.kill()
            for caller in callers[1:]:
                try:
                    answered.add(caller.read()[2])
                except (OSError, EOFError):
                    continue
        finally:
            process.kill()
            process.communicate()
            for caller in callers:
                caller.close()
    with Store(path) as store:
        stored = {exchange.session_id for exchange in store.last(Query(), 10_000)}
    assert len(answered) > 59 * 8
    assert {body.split(b'"')[9].decode() for body in answered} <= stored
