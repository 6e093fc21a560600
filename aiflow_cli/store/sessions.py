"""The calls that the exchange log has seen, summed up from their exchanges."""

from __future__ import annotations

from dataclasses import dataclass

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store

_FAILED = "('rejected', 'connection-error', 'timeout', 'http-error', 'invalid-action')"

_SUMMARY = f"""
SELECT flow_id, session_id, min(id), count(*), sum(outcome IN {_FAILED}), min(at), max(at),
       max(CASE WHEN type = 'session_end' THEN at END)
FROM exchanges WHERE session_id IS NOT NULL AND {{condition}}
GROUP BY flow_id, session_id ORDER BY min(id) DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One call. Times are RFC 3339, UTC, milliseconds.

    Args:
        first_id: id of its first exchange that is still there.
        exchanges: how many there are.
        failed: how many of them the caller would notice as broken.
        ended_at: when ``session_end`` was sent; None while the call is on.
    """

    flow_id: str
    session_id: str
    first_id: int
    exchanges: int
    failed: int
    started_at: str
    last_at: str
    ended_at: str | None


def sessions(store: Store, query: Query, limit: int) -> list[SessionRow]:
    """The calls of a query, newest first."""
    condition, values = query.where()
    with store.reading() as connection:
        rows = connection.execute(_SUMMARY.format(condition=condition), [*values, limit])
        return [SessionRow(*row) for row in rows]


def first_exchanges(store: Store, rows: list[SessionRow]) -> dict[int, Exchange]:
    """The first exchange of each call, by id: it tells who called whom."""
    found = (store.get(row.first_id) for row in rows)
    return {exchange.id: exchange for exchange in found if exchange is not None and exchange.id is not None}
