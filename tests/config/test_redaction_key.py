"""The key of ``--redact`` is made once, and is nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aiflow_cli.config.redaction_key import redaction_key
from aiflow_cli.errors import ConfigError


def test_it_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    key = redaction_key(folder)

    assert redaction_key(folder) == key
    assert len(key) == 32
    assert (folder / "redaction.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["redaction.key"]


def test_another_folder_has_another_key(tmp_path: Path) -> None:
    assert redaction_key(tmp_path / "a") != redaction_key(tmp_path / "b")


def test_all_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: redaction_key(tmp_path), range(32)))

    assert len(keys) == 1


def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "redaction.key").write_bytes(b"short")

    with pytest.raises(ConfigError, match="is damaged"):
        redaction_key(tmp_path)
    assert (tmp_path / "redaction.key").read_bytes() == b"short"


def test_a_folder_that_cannot_be_used_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="the key for --redact"):
        redaction_key(tmp_path / "file")
