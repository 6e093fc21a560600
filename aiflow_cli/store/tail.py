"""The live tail of the exchange log: history joined to what comes, nothing lost and nothing twice.

Ids rise in commit order, so a reader that remembers the highest id it looked at can never miss a row.
Other processes' writes are noticed by ``PRAGMA data_version``, which costs a microsecond to ask.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass, field, replace

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Row, Store, newest_id, pruned_through, read_row, select_lazily

POLL_SECONDS = 0.02
BATCH = 500
BATCH_CHARACTERS = 1 << 20
"""A batch ends after the row that reaches this, so that large answers do not add up in memory."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Exchanges that were gone before this reader saw them; ids, both ends included.

    ``start`` is 0 where the whole log was replaced by another one: then ids begin anew.
    """

    start: int
    end: int

    @property
    def replaced(self) -> bool:
        """The position was above the newest id, so this is not the log it was taken from."""
        return self.start == 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new.

    Args:
        rows: in id order, unparsed.
        looked_at: highest id looked at, matching or not; resume after it.
        gap: comes before the rows.
        more: the batch is full, ask again at once.
    """

    rows: list[Row] = field(default_factory=list)
    looked_at: int = 0
    gap: Gap | None = None
    more: bool = False

    @property
    def exchanges(self) -> list[Exchange]:
        """The rows, parsed."""
        return [read_row(row) for row in self.rows]


class Cursor:
    """A position in the log that moves on with each look. Never waits.

    Args:
        store: the log.
        query: what to show; its ``after_id`` is where to start, else its ``since``, else after what is there now.
    """

    def __init__(self, store: Store, query: Query) -> None:
        self._query = query
        self._connection = store.reader()
        self._seen_version = -1
        newest = newest_id(self._connection)
        start = newest if query.since is None else pruned_through(self._connection)
        self.looked_at = start if query.after_id is None else query.after_id
        # An id above the newest: the store was replaced, and the old position means nothing.
        self._replaced_from = self.looked_at if self.looked_at > newest else None

    def look(self) -> Batch:
        """What is new now, from one snapshot: rows, pruning mark and newest id belong together."""
        version = data_version(self._connection)
        if version == self._seen_version:
            return Batch(looked_at=self.looked_at)
        self._connection.execute("BEGIN")
        try:
            batch = self._read()
        finally:
            self._connection.execute("COMMIT")
        if not batch.more:
            self._seen_version = version
        return batch

    def _read(self) -> Batch:
        gap = self._gap()
        rows, more = self._rows()
        last = rows[-1][0] if more else newest_id(self._connection)
        self.looked_at = max(self.looked_at, last)
        return Batch(rows, self.looked_at, gap, more)

    def _rows(self) -> tuple[list[Row], bool]:
        """The next rows, and whether there may be more."""
        rows: list[Row] = []
        size = 0
        for row in select_lazily(self._connection, replace(self._query, after_id=self.looked_at), BATCH):
            rows.append(row)
            size += len(row[1])
            if size >= BATCH_CHARACTERS:
                return rows, True
        return rows, len(rows) == BATCH

    def _gap(self) -> Gap | None:
        if self._replaced_from is not None:
            lost, self._replaced_from, self.looked_at = self._replaced_from, None, 0
            return Gap(0, lost)
        pruned = pruned_through(self._connection)
        if pruned <= self.looked_at:
            return None
        gap = Gap(self.looked_at + 1, pruned)
        self.looked_at = pruned
        return gap

    def close(self) -> None:
        self._connection.close()


class Tail:
    """A cursor that waits for what comes.

    Args:
        store: the log.
        query: as for ``Cursor``.
    """

    def __init__(self, store: Store, query: Query) -> None:
        self._cursor = Cursor(store, query)
        self._wake = threading.Event()
        self._stop_listening = store.on_append(self._wake.set)

    @property
    def looked_at(self) -> int:
        """Highest id looked at."""
        return self._cursor.looked_at

    def next(self, timeout: float) -> Batch:
        """What is new; waits up to ``timeout`` seconds for it, and returns an empty batch where nothing comes."""
        deadline = time.monotonic() + timeout
        while True:
            batch = self._cursor.look()
            left = deadline - time.monotonic()
            if batch.rows or batch.gap or left <= 0:
                return batch
            if self._wake.wait(min(POLL_SECONDS, left)):
                self._wake.clear()

    def close(self) -> None:
        self._stop_listening()
        self._cursor.close()

    def __enter__(self) -> Tail:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def data_version(connection: sqlite3.Connection) -> int:
    """A number that differs once another connection, of any process, has committed."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
