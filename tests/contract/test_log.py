"""The exchange log, on both dashboards."""

from __future__ import annotations

import pytest

from aiflow_cli.dashboard.contract import Dashboard
from aiflow_cli.dashboard.history import History
from aiflow_cli.dashboard.problems import Invalid, NotFound
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange, numbers


def fill(store: Store, count: int) -> None:
    store.append_all(an_exchange(number) for number in range(1, count + 1))


def test_an_empty_log(board: Dashboard) -> None:
    page = board.exchanges(Query())
    assert (page.rows, page.next, page.newest) == ([], None, 0)


def test_an_exchange_comes_out_as_it_went_in(board: Dashboard, store: Store) -> None:
    stored = store.append(
        an_exchange(
            1,
            actions=[{"type": "speak", "text": "Grüße 👋\u2028"}],
            problems=[Finding("rule", "warning", "message", "$[0]")],
            raw_answer="<html>",
            raw_event="{",
            replay_of=7,
            status=None,
            duration_ms=None,
            outcome="timeout",
            transport="websocket",
        )
    )
    assert board.exchanges(Query()).exchanges == [stored]


def test_pages_lead_through_the_log(board: Dashboard, store: Store) -> None:
    fill(store, 5)
    first = board.exchanges(Query(), limit=2)
    assert (numbers(first.exchanges), first.next, first.newest) == ([1, 2], 2, 5)
    second = board.exchanges(Query(after_id=first.next), limit=2)
    assert (numbers(second.exchanges), second.next) == ([3, 4], 4)
    third = board.exchanges(Query(after_id=second.next), limit=2)
    assert (numbers(third.exchanges), third.next) == ([5], None)


def test_pages_lead_back_from_the_end(board: Dashboard, store: Store) -> None:
    fill(store, 5)
    last = board.exchanges(Query(), limit=2, newest=True)
    assert (numbers(last.exchanges), last.next) == ([4, 5], 4)
    before = board.exchanges(Query(before_id=last.next), limit=3, newest=True)
    assert (numbers(before.exchanges), before.next) == ([1, 2, 3], None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(flow_id="local"), [1, 3, 4]),
        (Query(flow_id="nobody"), []),
        (Query(types=("user_speak", "session_end")), [1, 2, 3, 4]),
        (Query(types=("session_end",)), []),
        (Query(session_id="call-9"), [3]),
        (Query(outcomes=("slow", "ok")), [4]),
        (Query(after_id=1, before_id=4), [2, 3]),
        (Query(since="2026-01-01T00:00:02.000Z", until="2026-01-01T00:00:04.000Z"), [2, 3]),
        (Query(since="2026-01-01T00:00:02.000Z", after_id=2), [3, 4]),
        (Query(since="2026-01-01T00:00:04.000Z", after_id=1), [4]),
        (Query(until="2026-01-01T00:00:02.000Z", before_id=4), [1]),
    ],
)
def test_a_query_selects(board: Dashboard, store: Store, query: Query, expected: list[int]) -> None:
    store.append(an_exchange(1))
    store.append(an_exchange(2, flow_id="other"))
    store.append(an_exchange(3, session="call-9"))
    store.append(an_exchange(4, outcome="slow"))
    assert numbers(board.exchanges(query).exchanges) == expected


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_has_limits(board: Dashboard, limit: int) -> None:
    with pytest.raises(Invalid, match="limit"):
        board.exchanges(Query(), limit=limit)


@pytest.mark.parametrize(("count", "expected"), [(0, []), (3, [2498, 2499, 2500]), (2100, list(range(401, 2501)))])
def test_history_takes_the_newest(board: Dashboard, store: Store, count: int, expected: list[int]) -> None:
    fill(store, 2500)
    history = History(board, Query(), count)
    assert [id for page in history.pages() for id, _ in page] == expected
    assert history.seam == 2500


def test_history_takes_everything_since(board: Dashboard, store: Store) -> None:
    fill(store, 2500)
    history = History(board, Query(since="2026-01-01T00:00:01.000Z"), None)
    assert [id for page in history.pages() for id, _ in page] == list(range(1, 2501))


def test_history_of_a_selection_that_is_empty_still_knows_its_seam(board: Dashboard, store: Store) -> None:
    fill(store, 5)
    for count in (None, 3):
        history = History(board, Query(session_id="nobody"), count)
        assert [row for page in history.pages() for row in page] == []
        assert history.seam == 5


def test_calls_are_summed_up(board: Dashboard, store: Store) -> None:
    store.append(an_exchange(1, session="a", kind="session_start"))
    store.append(an_exchange(2, session="b", kind="session_start"))
    store.append(an_exchange(3, session="a", outcome="timeout"))
    store.append(an_exchange(4, session="a", kind="session_end"))
    store.append(an_exchange(5, session="c", flow_id="other"))
    second, first = board.sessions("local")
    assert (first.session_id, first.exchange_count, first.failed_count) == ("a", 3, 1)
    assert (first.started_at, first.ended_at) == ("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:04.000Z")
    assert (first.direction, first.from_phone_number, first.to_phone_number) == (
        "inbound",
        "+493023125100",
        "+4922147100100",
    )
    assert (second.session_id, second.ended_at, second.exchanges) == ("b", None, None)
    assert [session.session_id for session in board.sessions("local", limit=1)] == ["b"]


def test_one_call_has_its_exchanges(board: Dashboard, store: Store) -> None:
    store.append(an_exchange(1, session="a"))
    store.append(an_exchange(2, session="b"))
    store.append(an_exchange(3, session="a"))
    assert numbers(board.session("local", "a").exchanges or []) == [1, 3]


@pytest.mark.parametrize("id", ["a/b", "ä ö", "a?b#c", "%2F"])
def test_a_bot_may_be_called_with_strange_session_ids(board: Dashboard, store: Store, id: str) -> None:
    store.append(an_exchange(1, session=id))
    assert numbers(board.session("local", id).exchanges or []) == [1]
    assert numbers(board.exchanges(Query(session_id=id)).exchanges) == [1]


def test_a_call_whose_session_says_nothing(board: Dashboard, store: Store) -> None:
    store.append(an_exchange(1, event={"type": "user_speak", "session": "a"}, session_id="a"))
    store.append(an_exchange(2, event=None, session_id="b"))
    assert [session.direction for session in board.sessions("local")] == [None, None]


def test_no_such_call(board: Dashboard) -> None:
    with pytest.raises(NotFound, match="no call nobody"):
        board.session("local", "nobody")
    assert board.sessions("nobody") == []
