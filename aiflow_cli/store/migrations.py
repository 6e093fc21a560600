"""The schema of the store, as ordered steps. ``PRAGMA user_version`` counts the steps that were taken."""

from __future__ import annotations

import sqlite3

from aiflow_cli.errors import ConfigError

_M001_EXCHANGES_AND_FLOWS = """
CREATE TABLE flows (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    webhook_url  TEXT NOT NULL,
    api_token    TEXT,
    phone_number TEXT,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1
) STRICT;

-- flow_id is text without a foreign key: a vendor's flow ids are not ours.
-- doc is the Exchange as JSON, without its id; the other columns are what queries select by.
CREATE TABLE exchanges (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    flow_id    TEXT NOT NULL,
    session_id TEXT,
    at         TEXT NOT NULL,
    type       TEXT,
    outcome    TEXT NOT NULL,
    doc        TEXT NOT NULL
) STRICT;

CREATE INDEX exchanges_by_flow ON exchanges (flow_id, id);
CREATE INDEX exchanges_by_session ON exchanges (session_id, id);

-- pruned_through: every exchange up to this id may have been deleted by retention.
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('pruned_through', 0);

INSERT INTO flows (id, name, webhook_url, created_at, updated_at)
VALUES ('local', 'local', 'http://127.0.0.1:3000/webhook',
        strftime('%Y-%m-%dT%H:%M:%fZ'), strftime('%Y-%m-%dT%H:%M:%fZ'));
"""

# A number out of the range kept for film and fiction, so that the default flow can be called.
_M002_LOCAL_FLOW_HAS_A_NUMBER = """
UPDATE flows SET phone_number = '+4922147100100' WHERE id = 'local' AND phone_number IS NULL;
"""

MIGRATIONS: tuple[str, ...] = (_M001_EXCHANGES_AND_FLOWS, _M002_LOCAL_FLOW_HAS_A_NUMBER)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Take the steps that are missing. Several processes may start at once: the count is read again under the lock.

    Raises:
        ConfigError: the file was written by a newer aiflow.
    """
    if _version(connection, path) == len(MIGRATIONS):
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for number, script in enumerate(MIGRATIONS[_version(connection, path) :], _version(connection, path) + 1):
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: str) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        known = len(MIGRATIONS)
        raise ConfigError(
            f"the exchange log {path} was written by a newer aiflow (schema {version}, this one knows {known})",
            hint="update aiflow: pip install --upgrade aiflow-cli",
        )
    return version


def _statements(script: str) -> list[str]:
    """Split a script: ``executescript`` would commit the transaction that the steps must stay in."""
    statements, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            statements.append(rest)
            rest = ""
    return statements
