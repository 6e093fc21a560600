"""The live tail of the exchange log: history joined to what comes, nothing lost and nothing twice.

Ids rise in commit order, so a reader that remembers the highest id it looked at can never miss a row.
Other processes' writes are noticed by ``PRAGMA data_version``, which costs a microsecond to ask.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store, newest_id, pruned_through, select

POLL_SECONDS = 0.02
BATCH = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """Exchanges that retention deleted before this reader saw them; ids, both ends included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new.

    Args:
        exchanges: in id order.
        looked_at: highest id looked at, matching or not; resume after it.
        gap: comes before the exchanges.
        more: the batch is full, ask again at once.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    looked_at: int = 0
    gap: Gap | None = None
    more: bool = False


class Tail:
    """Follows the log from an id on.

    Args:
        store: the log.
        query: what to show; its ``after_id`` is where to start, else after what is there now.
    """

    def __init__(self, store: Store, query: Query) -> None:
        self._query = query
        self._connection = store.reader()
        self._wake = threading.Event()
        self._stop_listening = store.on_append(self._wake.set)
        self._seen_version = -1
        newest = newest_id(self._connection)
        self.looked_at = newest if query.after_id is None else query.after_id
        # An id above the newest: the store was replaced, and the old position means nothing.
        self._replaced_from = self.looked_at if self.looked_at > newest else None

    def next(self, timeout: float) -> Batch:
        """What is new; waits up to ``timeout`` seconds for it, and returns an empty batch where nothing comes."""
        waited = 0.0
        while True:
            batch = self._look()
            if batch.exchanges or batch.gap or waited >= timeout:
                return batch
            if self._wake.wait(min(POLL_SECONDS, timeout - waited)):
                self._wake.clear()
            waited += POLL_SECONDS

    def _look(self) -> Batch:
        """One snapshot: the rows, the pruning mark and the newest id belong together."""
        version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
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
        rows = select(self._connection, _after(self._query, self.looked_at), BATCH)
        more = len(rows) == BATCH
        last = rows[-1].id if more else newest_id(self._connection)
        self.looked_at = max(self.looked_at, last or 0)
        return Batch(rows, self.looked_at, gap, more)

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
        self._stop_listening()
        self._connection.close()

    def __enter__(self) -> Tail:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _after(query: Query, id: int) -> Query:
    return replace(query, after_id=id)
