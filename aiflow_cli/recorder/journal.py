"""Writing exchanges in groups, and releasing each answer once its group is on disk."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aiflow_cli.errors import AiflowError
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.store import Store

Release = Callable[[bool], None]
"""Called with whether the exchange is on disk."""

BUSY_MS = 50
"""How long the event loop may wait for another process's transaction; then it tries again later."""

BUSY_SECONDS = 3.0
"""How long answers wait for other processes' transactions in all."""

RETRY_SECONDS = 0.02
REPAIR_SECONDS = 0.25
KEPT = 1000
"""Exchanges that are kept in memory for a log that cannot be written."""

CHECKPOINT_BYTES = 16 * 1024 * 1024
"""The write-ahead log grows to this size before it is moved into the file, in a thread of its own."""

RESTART_BYTES = 64 * 1024 * 1024
"""From this size on the log is also begun anew, which takes a turn of the event loop."""

COMMITS_BETWEEN_LOOKS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange that waits to be written."""

    exchange: Exchange
    release: Release


class Journal:
    """Group commit: what is complete in one turn of the event loop is written in one transaction.

    A turn is a fraction of a millisecond with one caller, and takes in more the more callers there are,
    so no timer is needed. Writing in the event loop beats a thread, which has to wait for the interpreter
    lock (performance.md section "SQLite and the live tail").

    Args:
        store: the exchange log; nobody else writes through this object while the journal is open.
        loop: the recorder's event loop.
        on_stored: told of every group that was written, from the event loop; must not block.
    """

    def __init__(
        self, store: Store, loop: asyncio.AbstractEventLoop, on_stored: Callable[[Sequence[Exchange]], None]
    ) -> None:
        self._store = store
        self._loop = loop
        self._on_stored = on_stored
        self._group: list[Entry] = []
        self._afterwards: list[Callable[[], None]] = []
        self._scheduled = False
        self._waiting_since: float | None = None
        self._unwritten: list[Exchange] = []
        self._checkpointer = _Checkpointer(store)
        self.failure: str | None = None
        """Why the log cannot be written at the moment; while set, nothing may be forwarded."""
        with store.reading() as connection:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute(f"PRAGMA journal_size_limit = {CHECKPOINT_BYTES}")

    def add(self, exchange: Exchange, release: Release) -> None:
        """Write an exchange with its group; ``release`` is called afterwards."""
        self._group.append(Entry(exchange, release))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def when_written(self, callback: Callable[[], None]) -> None:
        """Call it once what was added so far is released."""
        if self._group:
            self._afterwards.append(callback)
        else:
            self._loop.call_soon(callback)

    @property
    def is_empty(self) -> bool:
        """Nothing waits to be written."""
        return not self._group

    def flush(self) -> None:
        """Write the group."""
        self._scheduled = False
        if not self._group:
            return
        try:
            stored = self._store.append_all([entry.exchange for entry in self._group])
        except (AiflowError, ValueError, TypeError) as error:
            return self._failed(error)
        group, self._group, self._waiting_since = self._group, [], None
        self._checkpointer.committed()
        self._release(group, True)
        self._on_stored(stored)

    def _release(self, group: Sequence[Entry], stored: bool) -> None:
        afterwards, self._afterwards = self._afterwards, []
        for entry in group:
            entry.release(stored)
        for callback in afterwards:
            callback()

    def _failed(self, error: Exception) -> None:
        """Another process's transaction is waited for; anything else stops the traffic."""
        if _is_busy(error):
            now = self._loop.time()
            self._waiting_since = self._waiting_since or now
            if now - self._waiting_since < BUSY_SECONDS:
                self._scheduled = True
                self._loop.call_later(RETRY_SECONDS, self.flush)
                return
        group, self._group, self._waiting_since = self._group, [], None
        self._unwritten += [_not_passed_on(entry.exchange) for entry in group][: KEPT - len(self._unwritten)]
        if self.failure is None:
            self._loop.call_later(REPAIR_SECONDS, self._repair)
        self.failure = str(error)
        self._release(group, False)

    def _repair(self) -> None:
        """Try what could not be written; when it can be, traffic flows again."""
        try:
            stored = self._store.append_all(self._unwritten)
        except (AiflowError, ValueError, TypeError) as error:
            if self._loop.is_closed() or isinstance(error, ValueError | TypeError):
                self._unwritten = []
            self.failure = str(error)
            self._loop.call_later(REPAIR_SECONDS, self._repair)
            return
        self._unwritten, self.failure = [], None
        self._on_stored(stored)

    def close(self) -> None:
        """Write what is left, and leave the store as it was found."""
        self.flush()
        self._checkpointer.close()
        with contextlib.suppress(AiflowError), self._store.reading() as connection:
            connection.execute("PRAGMA wal_autocheckpoint = 1000")
            connection.execute("PRAGMA busy_timeout = 10000")


class _Checkpointer:
    """Moves the write-ahead log into the file beside the event loop: SQLite's own checkpoint syncs the disk
    inside a commit, which every answer of that group would wait for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._log = store.path.with_name(store.path.name + "-wal")
        self._commits = 0
        self._rest_is_small = False
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="aiflow-checkpoint", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Look at the size of the log now and then."""
        self._commits += 1
        if self._rest_is_small:
            self._finish()
        if self._commits % COMMITS_BETWEEN_LOOKS == 0 and self._size() > CHECKPOINT_BYTES:
            self._wake.set()

    def _finish(self) -> None:
        """While commits go on, the thread never reaches the end of the log, and only from there is it begun
        anew. The rest that it has left is moved here, between two commits."""
        self._rest_is_small = False
        with contextlib.suppress(AiflowError), self._store.reading() as connection:
            _checkpoint(connection)

    def _size(self) -> int:
        with contextlib.suppress(OSError):
            return self._log.stat().st_size
        return 0

    def _run(self) -> None:
        connection = sqlite3.connect(self._store.path, isolation_level=None, timeout=0)
        try:
            while True:
                self._wake.wait()
                self._wake.clear()
                if self._closing:
                    return
                _checkpoint(connection)
                self._rest_is_small = self._size() > RESTART_BYTES
        finally:
            connection.close()

    def close(self) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()


def _checkpoint(connection: sqlite3.Connection) -> None:
    # A failure makes the log longer and no more; what is wrong with the file, the next commit reports.
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _is_busy(error: Exception) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _not_passed_on(exchange: Exchange) -> Exchange:
    """What is written once the log is well again tells that the caller got an error."""
    finding = Finding("not-passed-on", "error", "the answer was held back: the exchange log could not be written")
    return replace(exchange, outcome="rejected", problems=[finding, *exchange.problems])
