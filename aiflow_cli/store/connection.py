"""Opening the SQLite file of the store, so that several processes can share it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from aiflow_cli.errors import ConfigError
from aiflow_cli.store.migrations import migrate

_BUSY_MS = 10_000


def connect(path: Path) -> sqlite3.Connection:
    """Open the store for reading and writing; make folder, file and schema where they are missing.

    Autocommit mode: transactions are opened by hand with BEGIN IMMEDIATE, because a read that turns into
    a write fails with BUSY whatever the timeout is.

    Raises:
        ConfigError: the file cannot be used; the message says why.
    """
    try:
        _prepare(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)
        _set_up(connection, path)
        return connection
    except (sqlite3.Error, OSError) as error:
        raise ConfigError(
            f"the exchange log {path} cannot be opened: {_reason(error)}",
            hint="name another file with AIFLOW_STORE, or move this one away",
        ) from error


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A further connection that never writes, so that its ``data_version`` tells of everybody else's writes."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _prepare(path: Path) -> None:
    """Folder 0700 that git ignores, file 0600: the log holds what callers said."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    if path.parent.name == ".aiflow":
        ignore = path.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise ConfigError(
            f"the file system of {path} has no shared memory for SQLite's write-ahead log (journal mode: {mode})",
            hint="put the exchange log on a local disk: AIFLOW_STORE=/path/to/aiflow.db",
        )
    # NORMAL survives kill -9 of every process, not a power cut; FULL would cost seven times as much per commit.
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection, str(path))


def _reason(error: sqlite3.Error | OSError) -> str:
    """In words: Python's own text of an OSError names its number, and the path once more."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
