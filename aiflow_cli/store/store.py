"""The exchange log: append, read, prune. One SQLite file, shared by processes and threads."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aiflow_cli.errors import ConfigError
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.redaction import Redactor
from aiflow_cli.store.connection import connect, connect_to_read
from aiflow_cli.store.query import Query

Row = tuple[int, str]
"""An exchange as it is read: id, and its JSON object as text. Parsing it is left to who needs the parts."""

PRUNED_AT_ONCE = 5000
"""Exchanges deleted in one transaction, so that writers never wait long."""

_WITHOUT_ID = '{"id":null,'
"""How every stored document begins."""

_INSERT = "INSERT INTO exchanges (flow_id, session_id, at, type, outcome, doc) VALUES (?, ?, ?, ?, ?, ?)"


class Store:
    """The exchange log of one project or user.

    Ids are given inside the transaction, so id order is commit order. Safe to share between threads.

    Args:
        path: of the SQLite file; made where it is missing.
        redactor: takes secrets out of everything that is written.

    Raises:
        ConfigError: the file cannot be used.
    """

    def __init__(self, path: Path, *, redactor: Redactor | None = None) -> None:
        self.path = path
        self._redactor = redactor or Redactor()
        self._lock = threading.RLock()
        self._connection = connect(path)
        self._listeners: list[Callable[[], None]] = []

    @property
    def id(self) -> str:
        """Tells this file from others on this machine, without saying where it is."""
        from hashlib import sha256

        return sha256(str(self.path.resolve()).encode()).hexdigest()[:16]

    def append(self, exchange: Exchange) -> Exchange:
        """Write one exchange; it is on disk when this returns. Gives it back with its id."""
        return self.append_all([exchange])[0]

    def append_all(self, exchanges: Iterable[Exchange]) -> list[Exchange]:
        """Write several exchanges in one transaction: all of them or none."""
        clean = [self._redactor.exchange(exchange) for exchange in exchanges]
        with self.transaction() as connection:
            stored = [exchange.with_id(self._insert(connection, exchange)) for exchange in clean]
        for listener in list(self._listeners):
            listener()
        return stored

    def _insert(self, connection: sqlite3.Connection, exchange: Exchange) -> int:
        nameless = exchange if exchange.id is None else replace(exchange, id=None)
        columns = (exchange.flow_id, exchange.session_id, exchange.at, exchange.type, exchange.outcome)
        try:
            cursor = connection.execute(_INSERT, (*columns, nameless.to_json()))
        except UnicodeEncodeError:
            # JSON can hold half of a surrogate pair, which is no text: kept as an escape, not found by a query.
            document = json.dumps(nameless.to_dict(), separators=(",", ":"))
            cursor = connection.execute(_INSERT, (*map(_as_text, columns), document))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def get(self, id: int) -> Exchange | None:
        """One exchange by id."""
        with self.reading() as connection:
            row = connection.execute("SELECT id, doc FROM exchanges WHERE id = ?", (id,)).fetchone()
        return read_row(_with_id(row)) if row else None

    def first(self, query: Query, limit: int) -> list[Exchange]:
        """The oldest ``limit`` exchanges of a query, oldest first."""
        with self.reading() as connection:
            return [read_row(row) for row in select(connection, query, limit)]

    def last(self, query: Query, limit: int) -> list[Exchange]:
        """The newest ``limit`` exchanges of a query, oldest first."""
        with self.reading() as connection:
            return [read_row(row) for row in select(connection, query, limit, newest=True)][::-1]

    def page(self, query: Query, limit: int, *, newest: bool = False) -> tuple[list[Row], int]:
        """The oldest (or newest) ``limit`` exchanges of a query, oldest first, and the highest id ever given.

        Both from one snapshot: what comes after that id is what the page could not hold.
        """
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                rows = select(connection, query, limit, newest=newest)
                return (rows[::-1] if newest else rows), newest_id(connection)
            finally:
                connection.execute("COMMIT")

    def newest_id(self) -> int:
        """The highest id ever given; 0 for an empty log."""
        with self.reading() as connection:
            return newest_id(connection)

    def pruned_through(self) -> int:
        """Every exchange up to this id may be gone."""
        with self.reading() as connection:
            return pruned_through(connection)

    def prune(self, *, before: str | None = None, keep: int | None = None) -> int:
        """Delete the oldest exchanges: those sent ``before`` a time, and all but the newest ``keep``.

        Returns:
            How many were deleted.
        """
        deleted = 0
        while step := self._prune_some(before, keep):
            deleted += step
        return deleted

    def _prune_some(self, before: str | None, keep: int | None) -> int:
        with self.transaction() as connection:
            through = max(_last_before(connection, before), _last_beyond(connection, keep))
            # Measured from the oldest that is there: ids may have holes.
            row = connection.execute(
                "SELECT id FROM exchanges WHERE id <= ? ORDER BY id LIMIT 1 OFFSET ?", (through, PRUNED_AT_ONCE - 1)
            ).fetchone()
            through = int(row[0]) if row else through
            if through <= pruned_through(connection):
                return 0
            deleted = connection.execute("DELETE FROM exchanges WHERE id <= ?", (through,)).rowcount
            connection.execute("UPDATE meta SET value = ? WHERE key = 'pruned_through'", (through,))
            return deleted

    def on_append(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each write of this process; returns the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end, rolled back by an exception."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, held for one statement or transaction; SQLite's errors become ours."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise ConfigError(
                    f"the exchange log {self.path} cannot be used: {error}",
                    hint="check the disk, or name another file with AIFLOW_STORE",
                ) from error

    def reader(self) -> sqlite3.Connection:
        """A further connection that never writes (for the live tail). The caller closes it."""
        return connect_to_read(self.path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def select(connection: sqlite3.Connection, query: Query, limit: int, *, newest: bool = False) -> list[Row]:
    """Run a query; in id order, or against it for ``newest``."""
    return list(select_lazily(connection, query, limit, newest=newest))


def select_lazily(connection: sqlite3.Connection, query: Query, limit: int, *, newest: bool = False) -> Iterator[Row]:
    """Like ``select``, a row at a time; the connection must not be used for anything else meanwhile."""
    condition, values = query.where()
    order = "DESC" if newest else "ASC"
    sql = f"SELECT id, doc FROM exchanges WHERE {condition} ORDER BY id {order} LIMIT ?"
    return map(_with_id, connection.execute(sql, [*values, limit]))


def _as_text(value: str | None) -> str | None:
    return value.encode("utf-8", errors="replace").decode() if value is not None else None


def _with_id(row: tuple[int, str]) -> Row:
    """The document is stored without its id, which only the database knows when it is written."""
    id, doc = row
    if doc.startswith(_WITHOUT_ID):
        return id, f'{{"id":{id},{doc[len(_WITHOUT_ID) :]}'
    return id, json.dumps({**json.loads(doc), "id": id}, ensure_ascii=False, separators=(",", ":"))


def read_row(row: Row) -> Exchange:
    """Parse a row; raises ConfigError where it does not hold an Exchange."""
    try:
        return Exchange.from_dict(json.loads(row[1]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"exchange {row[0]} of the log cannot be read: {type(error).__name__}: {error}",
            hint="was it written by another program, or by a newer aiflow?",
        ) from error


def newest_id(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'exchanges'").fetchone()
    return int(row[0]) if row else 0


def pruned_through(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM meta WHERE key = 'pruned_through'").fetchone()[0])


def _last_before(connection: sqlite3.Connection, time: str | None) -> int:
    if time is None:
        return 0
    # Not max(id) of the older ones: one exchange with a late clock must not take newer ones with it.
    row = connection.execute("SELECT min(id) FROM exchanges WHERE at >= ?", (time,)).fetchone()
    return int(row[0]) - 1 if row[0] is not None else newest_id(connection)


def _last_beyond(connection: sqlite3.Connection, keep: int | None) -> int:
    if keep is None:
        return 0
    if keep == 0:
        return newest_id(connection)
    row = connection.execute("SELECT id FROM exchanges ORDER BY id DESC LIMIT 1 OFFSET ?", (keep - 1,)).fetchone()
    return int(row[0]) - 1 if row else 0
