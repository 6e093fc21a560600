"""The file: who may read it, and what is said where it cannot be used."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from aiflow_cli.errors import ConfigError
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_file_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".aiflow" / "aiflow.db"
    with Store(path) as store:
        store.append(an_exchange())
        assert mode(path.parent) == 0o700
        assert [mode(file) for file in path.parent.glob("aiflow.db*")] == [0o600] * 3
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_gitignore_that_is_there_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".aiflow"
    folder.mkdir()
    (folder / ".gitignore").write_text("mine\n")
    Store(folder / "aiflow.db").close()
    assert (folder / ".gitignore").read_text() == "mine\n"


def test_a_folder_elsewhere_gets_no_gitignore(tmp_path: Path) -> None:
    Store(tmp_path / "data" / "aiflow.db").close()
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["aiflow.db"]


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is not a database, but it is long enough to be looked at " * 20)
    with pytest.raises(ConfigError, match=r"notes\.txt cannot be opened") as raised:
        Store(path)
    assert "AIFLOW_STORE" in str(raised.value.hint)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be opened: [A-Z]") as raised:
        Store(tmp_path / "file" / "log.db")
    assert "Errno" not in raised.value.message


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with Store(tmp_path / "log.db") as store:
        reader = store.reader()
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM exchanges")
        reader.close()


def test_a_file_without_write_ahead_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect
    # A database in memory is the one place where SQLite itself answers that it has no write-ahead log.
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: real(":memory:", **options))
    with pytest.raises(ConfigError, match="write-ahead log") as raised:
        Store(tmp_path / "log.db")
    assert "local disk" in str(raised.value.hint)


def test_a_database_that_is_damaged_later_is_told(tmp_path: Path) -> None:
    with Store(tmp_path / "log.db") as store:
        with store.reading() as connection:
            connection.execute("DROP TABLE exchanges")
        with pytest.raises(ConfigError, match="cannot be used"):
            store.append(an_exchange())
