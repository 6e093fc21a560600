"""The schema grows step by step, whoever opens the file first."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from aiflow_cli.errors import ConfigError
from aiflow_cli.store.migrations import MIGRATIONS, migrate
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=10)


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_an_empty_file_gets_every_step(tmp_path: Path) -> None:
    connection = opened(tmp_path / "log.db")
    migrate(connection, "log.db")
    assert version(connection) == len(MIGRATIONS)
    assert connection.execute("SELECT id, phone_number FROM flows").fetchall() == [("local", "+4922147100100")]
    connection.close()


@pytest.mark.parametrize("steps", range(len(MIGRATIONS) + 1))
def test_a_file_of_every_former_version_is_upgraded(
    steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    with monkeypatch.context() as patch:
        patch.setattr("aiflow_cli.store.migrations.MIGRATIONS", MIGRATIONS[:steps])
        if steps:
            with Store(path) as old:
                old.append(an_exchange(1))
    with Store(path) as store:
        assert version(opened(path)) == len(MIGRATIONS)
        assert store.newest_id() == (1 if steps else 0)
        assert store.append(an_exchange(2)).id == (2 if steps else 1)


def test_a_newer_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    connection = opened(tmp_path / "log.db")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(ConfigError, match="newer aiflow") as raised:
        Store(tmp_path / "log.db")
    assert "update aiflow" in str(raised.value.hint)


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "CREATE TABLE half (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n"
    monkeypatch.setattr("aiflow_cli.store.migrations.MIGRATIONS", (*MIGRATIONS, broken))
    connection = opened(tmp_path / "log.db")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, "log.db")
    assert version(connection) == 0
    assert connection.execute("SELECT name FROM sqlite_schema WHERE name = 'half'").fetchall() == []
    connection.close()


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    failures: list[Exception] = []

    def open_and_write(number: int) -> None:
        start.wait(timeout=30)
        try:
            with Store(tmp_path / "log.db") as store:
                store.append(an_exchange(number))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Store(tmp_path / "log.db") as store:
        assert store.newest_id() == 8
