"""The secret that pseudonyms are made with, so that recordings of one project can be compared."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from aiflow_cli.errors import ConfigError

_NAME = "redaction.key"
_BYTES = 32


def redaction_key(folder: Path) -> bytes:
    """The key in the folder of the exchange log; made where there is none, readable by its owner alone.

    Raises:
        ConfigError: it can neither be read nor made, or is damaged.
    """
    path = folder / _NAME
    try:
        key = path.read_bytes() if path.exists() else _make(path)
    except OSError as error:
        raise ConfigError(f"the key for --redact, {path}: {error.strerror}", hint="check the permissions") from None
    if len(key) != _BYTES:
        raise ConfigError(f"the key for --redact, {path}, is damaged", hint="remove the file; a new one is made")
    return key


def _make(path: Path) -> bytes:
    """Two processes may start at once: the file appears whole, and the first one's stays."""
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    draft = path.with_name(f"{_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
