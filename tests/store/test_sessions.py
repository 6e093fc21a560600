"""Calls, summed up."""

from __future__ import annotations

from aiflow_cli.store.query import Query
from aiflow_cli.store.sessions import SessionRow, first_exchanges, sessions
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange


def test_calls_are_summed_up_newest_first(store: Store) -> None:
    store.append(an_exchange(1, session="a", kind="session_start"))
    store.append(an_exchange(2, session="b", kind="session_start"))
    store.append(an_exchange(3, session="a", outcome="timeout"))
    store.append(an_exchange(4, session="a", kind="session_end"))
    store.append(an_exchange(5, session_id=None))
    time = "2026-01-01T00:00:0{}.000Z".format
    assert sessions(store, Query(), 10) == [
        SessionRow("local", "b", 2, 1, 0, time(2), time(2), None),
        SessionRow("local", "a", 1, 3, 1, time(1), time(4), time(4)),
    ]
    assert [row.session_id for row in sessions(store, Query(), 1)] == ["b"]
    assert sessions(store, Query(flow_id="other"), 10) == []


def test_one_session_id_in_two_flows_is_two_calls(store: Store) -> None:
    store.append(an_exchange(1, session="a"))
    store.append(an_exchange(2, session="a", flow_id="other"))
    rows = sessions(store, Query(), 10)
    assert [row.flow_id for row in rows] == ["other", "local"]
    assert set(first_exchanges(store, rows)) == {1, 2}
