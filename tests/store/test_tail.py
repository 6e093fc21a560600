"""The live tail: nothing lost, nothing twice, whoever writes and whatever is deleted."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from aiflow_cli.store.tail import Batch, Cursor, Gap, Tail
from tests.support.exchanges import an_exchange, numbers

LONG = 30.0
"""Seconds; a wait that only a broken tail reaches."""


def read_until(tail: Tail, enough: Callable[[list[int]], bool]) -> list[int]:
    seen: list[int] = []
    while not enough(seen):
        batch = tail.next(LONG)
        assert batch.rows, "nothing came"
        seen += numbers(batch.exchanges)
    return seen


def test_it_starts_now(store: Store) -> None:
    store.append(an_exchange(1))
    with Tail(store, Query()) as tail:
        assert tail.next(0).rows == []
        store.append(an_exchange(2))
        assert numbers(tail.next(LONG).exchanges) == [2]
        assert tail.looked_at == 2


def test_it_starts_behind_an_id_or_at_a_time(store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(1, 6))
    with Tail(store, Query(after_id=3)) as tail:
        assert numbers(tail.next(0).exchanges) == [4, 5]
    with Tail(store, Query(since="2026-01-01T00:00:05.000Z")) as tail:
        assert numbers(tail.next(0).exchanges) == [5]
    store.prune(keep=2)
    with Tail(store, Query(since="2026-01-01T00:00:01.000Z")) as tail:
        assert tail.next(0) == Batch(store.page(Query(), 9)[0], 5)


def test_it_waits_and_is_woken_by_its_own_process(store: Store) -> None:
    with Tail(store, Query()) as tail:
        writer = threading.Timer(0.05, lambda: store.append(an_exchange(1)))
        writer.start()
        assert numbers(tail.next(LONG).exchanges) == [1]
        writer.join()


def test_it_sees_what_another_process_writes(store: Store) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from aiflow_cli.store.store import Store\n"
        "from tests.support.exchanges import an_exchange\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    for number in range(50): store.append(an_exchange(number))\n"
    )
    with Tail(store, Query()) as tail:
        with subprocess.Popen([sys.executable, "-c", script, str(store.path)]) as writer:
            seen = read_until(tail, lambda seen: len(seen) >= 50)
        assert writer.returncode == 0
    assert seen == list(range(50))


def test_a_long_backlog_comes_in_batches(store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(1200))
    cursor = Cursor(store, Query(after_id=0))
    batches = [cursor.look() for _ in range(4)]
    assert [len(batch.rows) for batch in batches] == [500, 500, 200, 0]
    assert [batch.more for batch in batches] == [True, True, False, False]
    cursor.close()


def test_large_exchanges_make_small_batches(store: Store) -> None:
    store.append_all(an_exchange(number, raw_answer="x" * 400_000) for number in range(5))
    cursor = Cursor(store, Query(after_id=0))
    batches = [cursor.look() for _ in range(3)]
    assert [len(batch.rows) for batch in batches] == [3, 2, 0]
    cursor.close()


def test_a_filter_moves_on_over_what_it_does_not_show(store: Store) -> None:
    cursor = Cursor(store, Query(after_id=0, types=("session_end",)))
    store.append_all(an_exchange(number) for number in range(7))
    assert cursor.look() == Batch([], 7)
    cursor.close()


def test_what_was_deleted_unseen_is_a_gap(store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(1, 11))
    store.prune(keep=4)
    with Tail(store, Query(after_id=2)) as tail:
        batch = tail.next(0)
    assert batch.gap == Gap(3, 6)
    assert numbers(batch.exchanges) == [7, 8, 9, 10]


def test_what_was_deleted_after_it_was_seen_is_none(store: Store) -> None:
    with Tail(store, Query()) as tail:
        store.append_all(an_exchange(number) for number in range(1, 11))
        tail.next(LONG)
        store.prune(keep=0)
        store.append(an_exchange(11))
        batch = tail.next(LONG)
    assert batch.gap is None
    assert numbers(batch.exchanges) == [11]


def test_holes_in_the_ids_are_no_gaps(store: Store) -> None:
    with Tail(store, Query(flow_id="mine")) as tail:
        store.append(an_exchange(1, flow_id="other"))
        store.append(an_exchange(2, flow_id="mine"))
        batch = tail.next(LONG)
    assert (batch.gap, numbers(batch.exchanges)) == (None, [2])


def test_a_log_that_was_replaced_is_told_and_read_from_its_start(store: Store) -> None:
    store.append(an_exchange(1))
    with Tail(store, Query(after_id=70)) as tail:
        batch = tail.next(0)
    assert batch.gap == Gap(0, 70)
    assert batch.gap is not None and batch.gap.replaced
    assert numbers(batch.exchanges) == [1]


def test_a_new_and_empty_log_is_told_too(store: Store) -> None:
    with Tail(store, Query(after_id=70)) as tail:
        assert tail.next(0).gap == Gap(0, 70)
        store.append(an_exchange(1))
        assert numbers(tail.next(LONG).exchanges) == [1]


def test_ten_tails_each_see_everything_once(store: Store) -> None:
    results: dict[int, list[int]] = {}
    ready = threading.Barrier(11)

    def follow(number: int) -> None:
        with Tail(store, Query()) as tail:
            ready.wait(timeout=LONG)
            results[number] = read_until(tail, lambda seen: len(seen) >= 200)

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    ready.wait(timeout=LONG)
    for number in range(200):
        store.append(an_exchange(number))
    for thread in threads:
        thread.join()
    assert results == {number: list(range(200)) for number in range(10)}


class TailOfAnything(RuleBasedStateMachine):
    """However writing, pruning, looking and reopening are mixed: seen and told as gone is all there was, in order."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.path = self.folder / f"{id(self)}.db"
        self.path.unlink(missing_ok=True)
        self.store = Store(self.path)
        self.written = 0
        self.accounted = 0
        self.cursor = Cursor(self.store, Query(after_id=0))

    @rule(count=st.integers(1, 30))
    def write(self, count: int) -> None:
        self.store.append_all(an_exchange(number) for number in range(count))
        self.written += count

    @rule(keep=st.integers(0, 40))
    def prune(self, keep: int) -> None:
        self.store.prune(keep=keep)

    @rule()
    def look(self) -> None:
        batch = self.cursor.look()
        if batch.gap is not None:
            assert batch.gap.start == self.accounted + 1
            self.accounted = batch.gap.end
        for id, _ in batch.rows:
            assert id == self.accounted + 1
            self.accounted = id
        assert batch.looked_at == self.accounted == self.written

    @rule()
    def resume(self) -> None:
        self.cursor.close()
        self.cursor = Cursor(self.store, Query(after_id=self.accounted))

    @invariant()
    def never_ahead(self) -> None:
        assert self.cursor.looked_at <= self.written

    def teardown(self) -> None:
        self.cursor.close()
        self.store.close()


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    TailOfAnything.folder = tmp_path_factory.mktemp("tails")


TestTailOfAnything = TailOfAnything.TestCase
TestTailOfAnything.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
