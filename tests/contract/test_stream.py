"""The live tail, on both dashboards."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aiflow_cli.dashboard.contract import Dashboard, Stream
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from aiflow_cli.store.tail import Batch, Gap
from tests.support.exchanges import an_exchange, numbers


def collect(stream: Stream, enough: Callable[[list[int]], bool]) -> list[int]:
    seen: list[int] = []
    for batch in stream:
        seen += numbers(batch.exchanges)
        if enough(seen):
            return seen
    raise AssertionError("the stream ended")


def first_batch(stream: Stream) -> Batch:
    return next(iter(stream))


def test_history_and_what_comes_are_one(board: Dashboard, store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(700))
    with board.follow(Query(after_id=100)) as stream:
        writer = threading.Thread(target=lambda: [store.append(an_exchange(n)) for n in range(700, 900)])
        writer.start()
        assert collect(stream, lambda seen: len(seen) >= 800) == list(range(100, 900))
        writer.join()


def test_a_filter_shows_its_own_alone(board: Dashboard, store: Store) -> None:
    query = Query(flow_id="a", types=("user_speak",), session_id="s", outcomes=("ok",), after_id=0)
    with board.follow(query) as stream:
        store.append(an_exchange(1, flow_id="b", session="s", outcome="ok"))
        store.append(an_exchange(2, flow_id="a", session="t", outcome="ok"))
        store.append(an_exchange(3, flow_id="a", session="s", outcome="slow"))
        store.append(an_exchange(4, flow_id="a", session="s", outcome="ok", kind="session_end"))
        store.append(an_exchange(5, flow_id="a", session="s", outcome="ok"))
        assert numbers(first_batch(stream).exchanges) == [5]


def test_what_was_deleted_is_told_before_what_is_left(board: Dashboard, store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(1, 11))
    store.prune(keep=4)
    with board.follow(Query(after_id=2)) as stream:
        batch = first_batch(stream)
    assert batch.gap == Gap(3, 6)
    assert numbers(batch.exchanges) == [7, 8, 9, 10]


def test_a_replaced_log_is_told_and_read_from_its_start(board: Dashboard, store: Store) -> None:
    store.append(an_exchange(1))
    with board.follow(Query(after_id=70)) as stream:
        batch = first_batch(stream)
        assert batch.gap is not None
        assert batch.gap.replaced
        assert numbers(batch.exchanges) == [1]
        store.append(an_exchange(2))
        assert collect(stream, bool) == [2]


def test_deleting_while_somebody_looks_is_no_gap_for_who_is_up_to_date(board: Dashboard, store: Store) -> None:
    with board.follow(Query(after_id=0)) as stream:
        store.append(an_exchange(1))
        assert collect(stream, bool) == [1]
        store.prune(keep=0)
        store.append(an_exchange(2))
        batch = first_batch(stream)
    assert (batch.gap, numbers(batch.exchanges)) == (None, [2])


def test_ten_tails_at_once(board: Dashboard, store: Store) -> None:
    seen: dict[int, list[int]] = {}

    def follow(number: int) -> None:
        with board.follow(Query(after_id=0)) as stream:
            seen[number] = collect(stream, lambda seen: len(seen) >= 300)

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for number in range(300):
        store.append(an_exchange(number))
    for thread in threads:
        thread.join(timeout=60)
    assert seen == {number: list(range(300)) for number in range(10)}


def test_another_thread_can_end_it(board: Dashboard, store: Store) -> None:
    store.append(an_exchange(1))
    stream = board.follow(Query(after_id=0))
    batches = iter(stream)
    assert numbers(next(batches).exchanges) == [1]
    threading.Timer(0.05, stream.close).start()
    assert list(batches) == []
