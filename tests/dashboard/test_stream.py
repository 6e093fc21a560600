"""The tail over HTTP, against a server that misbehaves on purpose."""

from __future__ import annotations

import itertools
import re
import threading

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.config.credentials import Credential
from aiflow_cli.dashboard import stream as stream_module
from aiflow_cli.dashboard.client import HttpDashboard
from aiflow_cli.dashboard.problems import NotPublished, Refused
from aiflow_cli.dashboard.sse import HEARTBEAT_SECONDS
from aiflow_cli.store.query import Query
from aiflow_cli.store.tail import Batch, Gap
from tests.dashboard.services import HEAD, Line, Said, running_line, running_service


def exchange(id: int) -> str:
    return f'id: {id}\nevent: exchange\ndata: {{"id":{id}}}\n\n'


def take(line: Line, count: int, *, after: int | None = None, told: list[str] | None = None) -> list[Batch]:
    """The first batches of a stream."""
    with HttpDashboard(line.url, clock=SystemClock(), environ={}) as board:
        notify = told.append if told is not None else lambda sentence: None
        with board.follow(Query(after_id=after, types=("user_speak",)), notify=notify) as stream:
            return list(itertools.islice(stream, count))


def ids(batches: list[Batch]) -> list[int]:
    return [id for batch in batches for id, _ in batch.rows]


def resumed_at(line: Line) -> list[str | None]:
    """``Last-Event-ID`` of each request."""
    found = (re.search(r"^last-event-id: (\d+)\r$", request, re.M | re.I) for request in line.requests)
    return [match[1] if match else None for match in found]


def test_a_dropped_connection_resumes_behind_the_last_frame() -> None:
    with running_line(HEAD + exchange(1) + exchange(2), HEAD + exchange(3)) as line:
        assert ids(take(line, 2)) == [1, 2, 3]
    assert resumed_at(line) == [None, "2"]
    assert all("type=user_speak" in request for request in line.requests)


def test_half_a_frame_is_not_a_frame() -> None:
    with running_line(HEAD + exchange(1) + exchange(2)[:-3], HEAD + exchange(2)) as line:
        assert ids(take(line, 2)) == [1, 2]
    assert resumed_at(line) == [None, "1"]


def test_what_comes_again_is_not_shown_again() -> None:
    with running_line(HEAD + exchange(1) + exchange(2), HEAD + exchange(1) + exchange(2) + exchange(3)) as line:
        assert ids(take(line, 2)) == [1, 2, 3]


def test_the_first_position_counts_before_the_first_exchange() -> None:
    with running_line(HEAD + "id: 41\n\n", HEAD + exchange(42)) as line:
        assert ids(take(line, 1)) == [42]
    assert resumed_at(line) == [None, "41"]


def test_a_filtered_tail_keeps_up_by_heartbeats() -> None:
    with running_line(HEAD + exchange(1) + "id: 500\n\n", HEAD + exchange(501)) as line:
        assert ids(take(line, 2)) == [1, 501]
    assert resumed_at(line) == [None, "500"]


def test_a_start_that_is_given_is_asked_for() -> None:
    with running_line(HEAD + exchange(8)) as line:
        assert ids(take(line, 1, after=7)) == [8]
    assert resumed_at(line) == ["7"]


def test_gaps_stand_where_they_are() -> None:
    gap = 'id: 6\nevent: gap\ndata: {"from": 3, "to": 6}\n\n'
    with running_line(HEAD + exchange(2) + gap + exchange(7)) as line:
        first, second = take(line, 2, after=1)
    assert (ids([first]), first.gap) == ([2], None)
    assert (ids([second]), second.gap) == ([7], Gap(3, 6))


def test_a_replaced_log_begins_anew() -> None:
    gap = 'id: 0\nevent: gap\ndata: {"from": 0, "to": 70}\n\n'
    with running_line(HEAD + gap + exchange(1), HEAD + exchange(2)) as line:
        first, second = take(line, 2, after=70)
    assert first.gap is not None
    assert first.gap.replaced
    assert ids([first, second]) == [1, 2]
    assert resumed_at(line) == ["70", "1"]


def test_a_gap_of_a_server_that_gives_it_no_id() -> None:
    gap = 'event: gap\ndata: {"from": 3, "to": 6}\n\n'
    with running_line(HEAD + gap, HEAD + exchange(7)) as line:
        take(line, 2, after=2)
    assert resumed_at(line) == ["2", "6"]


def test_garbage_is_a_broken_connection() -> None:
    with running_line(HEAD + "id: 1\nevent: gap\ndata: what?\n\n", HEAD + exchange(1)) as line:
        assert ids(take(line, 1)) == [1]


def test_a_server_that_is_busy_is_asked_again() -> None:
    busy = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    told: list[str] = []
    with running_line(busy, busy, HEAD + exchange(1)) as line:
        assert ids(take(line, 1, told=told)) == [1]
    assert len(told) == 2


def test_silence_is_a_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stream_module.READ_SECONDS > 2 * HEARTBEAT_SECONDS
    monkeypatch.setattr("aiflow_cli.dashboard.client.READ_SECONDS", 0.05)
    with running_line(HEAD + "id: 5\n\n", HEAD + exchange(6), hold="all") as line:
        assert ids(take(line, 1)) == [6]
    assert resumed_at(line) == [None, "5"]


def test_it_says_once_that_the_server_is_down_and_once_that_it_is_back() -> None:
    told: list[str] = []
    down = threading.Event()

    def notify(sentence: str) -> None:
        told.append(sentence)
        down.set()

    with running_line(HEAD + exchange(1), hold="none") as line:
        port = int(line.url.rpartition(":")[2])
        with HttpDashboard(line.url, clock=SystemClock(), environ={}) as board:
            stream = board.follow(Query(), notify=notify)
            batches = iter(stream)
            assert ids([next(batches)]) == [1]
            restarted: list[Line] = []

            def restart() -> None:
                down.wait(30)
                restarted.append(Line([HEAD + exchange(2)], hold="last", port=port))

            restarter = threading.Thread(target=restart)
            restarter.start()
            assert ids([next(batches)]) == [2]
            restarter.join()
            stream.close()
            restarted[0].close()
    assert len(told) == 2
    assert "did not answer: nothing listens there" in told[0]
    assert told[1] == f"the dashboard {line.url} is back; going on behind exchange 1"


def test_refusals_end_it() -> None:
    with running_service() as service:
        service.answer = lambda asked: Said(401)
        credential = Credential("token", "environment")
        with HttpDashboard(service.url, credential=credential, clock=SystemClock(), environ={}) as board:
            with pytest.raises(Refused, match="AIFLOW_TOKEN"):
                list(board.follow(Query()))
            service.answer = lambda asked: Said(200, "<html>", {"Content-Type": "text/html"})
            with pytest.raises(NotPublished, match="something else"):
                list(board.follow(Query()))
        assert len(service.asked) == 2


def test_delays_grow_and_are_drawn_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    lots = iter([0.5, 1.0, 0.0, *[1.0] * 20])
    stream = stream_module.HttpStream(
        lambda after: pytest.fail("not connected here"), after=1, name="x", notify=lambda _: None, jitter=lots.__next__
    )
    monkeypatch.setattr(stream._closed, "wait", lambda seconds: drawn.append(seconds))
    for failures in [0, 1, 2, 3, 4, 5, 6, 7, 50]:
        stream._failures = failures
        stream._pause()
    assert drawn == [0.05, 0.2, 0.0, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
