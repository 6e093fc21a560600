"""The exchange log: what is written can be read, in the order it was committed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiflow_cli.errors import ConfigError
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.recording.redaction import Redactor
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import PRUNED_AT_ONCE, Store
from tests.support.exchanges import an_exchange, numbers


def fill(store: Store, count: int) -> None:
    store.append_all(an_exchange(number) for number in range(1, count + 1))


def ids(exchanges: list[object]) -> list[object]:
    return [exchange.id for exchange in exchanges]  # type: ignore[attr-defined]


def test_an_exchange_comes_back_as_it_went(store: Store) -> None:
    sent = an_exchange(
        7,
        actions=[{"type": "speak", "text": "Grüße 👋  \x00"}],
        status=200,
        outcome="invalid-action",
        problems=[Finding("r", "error", "m", "$[0]")],
        raw_answer="<html>",
        raw_event="not json",
        replay_of=3,
        transport="websocket",
    )
    stored = store.append(sent)
    assert stored == sent.with_id(1)
    assert store.get(1) == stored


def test_an_id_that_an_exchange_brings_along_is_not_kept(store: Store) -> None:
    assert store.append(an_exchange(1, id=99)).id == 1
    assert store.get(1) == an_exchange(1, id=1)
    assert store.get(99) is None


@given(
    text=st.text(st.characters()), status=st.none() | st.integers(100, 599), keys=st.dictionaries(st.text(), st.text())
)
@example(text="half of a pair: \ud800", status=200, keys={"\udfff": "\ud800"})
def test_any_text_survives(
    text: str, status: int | None, keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent = an_exchange(1, event={"type": text}, session_id=text, status=status, actions=[keys])
    with Store(tmp_path_factory.mktemp("log") / "log.db") as store:
        assert store.get(store.append(sent).id or 0) == sent.with_id(1)


def test_all_of_several_or_none(store: Store) -> None:
    broken = an_exchange(2, event={"type": object()})
    with pytest.raises(TypeError):
        store.append_all([an_exchange(1), broken])
    assert store.newest_id() == 0
    assert store.first(Query(), 10) == []


def test_first_and_last_are_both_oldest_first(store: Store) -> None:
    fill(store, 5)
    assert numbers(store.first(Query(), 2)) == [1, 2]
    assert numbers(store.last(Query(), 2)) == [4, 5]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), [1, 2, 3, 4]),
        (Query(flow_id="other"), [2]),
        (Query(session_id="call-9"), [3]),
        (Query(outcomes=("slow", "timeout")), [4]),
        (Query(after_id=1, before_id=4), [2, 3]),
        (Query(since="2026-01-01T00:00:02.000Z", until="2026-01-01T00:00:04.000Z"), [2, 3]),
        (Query(types=("user_speak",), flow_id="local", outcomes=("no-action",)), [1, 3]),
        (Query(types=("session_start",)), []),
    ],
)
def test_a_query_selects(query: Query, expected: list[int], store: Store) -> None:
    store.append(an_exchange(1))
    store.append(an_exchange(2, flow_id="other"))
    store.append(an_exchange(3, session="call-9"))
    store.append(an_exchange(4, outcome="slow"))
    assert numbers(store.first(query, 10)) == expected
    assert numbers(store.last(query, 10)) == expected


def test_a_page_knows_the_newest_id_of_the_same_moment(store: Store) -> None:
    fill(store, 3)
    rows, newest = store.page(Query(session_id="nobody"), 10)
    assert (rows, newest) == ([], 3)


def test_secrets_are_taken_out_before_they_are_written(tmp_path: Path) -> None:
    with Store(tmp_path / "log.db", redactor=Redactor(["s3cr3t"])) as store:
        stored = store.append(an_exchange(1, raw_answer="your token s3cr3t", url="http://me:pw@host/s3cr3t"))
        assert stored.raw_answer == "your token [redacted]"
        assert stored.url == "http://[redacted]@host/[redacted]"
    assert b"s3cr3t" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_what_is_not_an_exchange_is_told(store: Store) -> None:
    store.append(an_exchange(1))
    with store.transaction() as connection:
        connection.execute('UPDATE exchanges SET doc = \'{"id":null,"flowId":1}\'')
    with pytest.raises(ConfigError, match="exchange 1 of the log cannot be read"):
        store.first(Query(), 1)


def test_a_document_of_another_writer_gets_its_id_too(store: Store) -> None:
    store.append(an_exchange(1))
    with store.transaction() as connection:
        document = an_exchange(1).to_json().replace('"id":null,', "", 1)
        connection.execute("UPDATE exchanges SET doc = ?", (document,))
    assert store.get(1) == an_exchange(1, id=1)


def test_listeners_are_told_until_they_stop(store: Store) -> None:
    told: list[int] = []
    stop = store.on_append(lambda: told.append(1))
    store.append(an_exchange())
    stop()
    store.append(an_exchange())
    assert told == [1]


def test_threads_share_a_store(store: Store) -> None:
    def write() -> None:
        for number in range(25):
            store.append(an_exchange(number))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(list(store.first(Query(), 1000))) == list(range(1, 101))


class TestPruning:
    def test_the_newest_are_kept(self, store: Store) -> None:
        fill(store, 10)
        assert store.prune(keep=4) == 6
        assert numbers(store.first(Query(), 100)) == [7, 8, 9, 10]
        assert store.pruned_through() == 6

    def test_what_is_too_old_goes(self, store: Store) -> None:
        fill(store, 10)
        assert store.prune(before="2026-01-01T00:00:04.000Z") == 3
        assert store.pruned_through() == 3

    def test_one_late_clock_takes_nothing_newer_with_it(self, store: Store) -> None:
        fill(store, 3)
        store.append(an_exchange(4, at="2025-01-01T00:00:00.000Z"))
        assert store.prune(before="2026-01-01T00:00:02.000Z") == 1
        assert numbers(store.first(Query(), 100)) == [2, 3, 4]

    def test_nothing_left_and_ids_go_on(self, store: Store) -> None:
        fill(store, 3)
        assert store.prune(keep=0) == 3
        assert store.newest_id() == 3
        assert store.append(an_exchange()).id == 4
        assert store.pruned_through() == 3

    def test_nothing_to_do(self, store: Store) -> None:
        fill(store, 3)
        assert store.prune(keep=3) == 0
        assert store.prune(before="2020-01-01T00:00:00.000Z") == 0
        assert store.prune() == 0
        assert store.pruned_through() == 0

    def test_everything_is_too_old(self, store: Store) -> None:
        fill(store, 3)
        assert store.prune(before="2027-01-01T00:00:00.000Z") == 3

    def test_a_large_log_goes_in_steps_and_other_writers_come_between(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aiflow_cli.store.store.PRUNED_AT_ONCE", 10)
        assert PRUNED_AT_ONCE > 10
        fill(store, 45)
        through: list[int] = []
        real = store._prune_some

        def spied(before: str | None, keep: int | None) -> int:
            through.append(store.pruned_through())
            return real(before, keep)

        monkeypatch.setattr(store, "_prune_some", spied)
        assert store.prune(keep=5) == 40
        assert through == [0, 10, 20, 30, 40]
        assert numbers(store.first(Query(), 100)) == [41, 42, 43, 44, 45]
