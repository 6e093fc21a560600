"""Which project names and file names are good everywhere that they end up."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from aiflow_cli.errors import AiflowError, UsageError

MAX_NAME = 50
_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


def check_project_name(name: str, *, reserved: frozenset[str] = frozenset()) -> str:
    """The name, if it is good as npm package, Go module and container image alike.

    Raises:
        UsageError: it is not; the hint has a name that is.
    """
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME:
        raise UsageError(
            f"{name or 'an empty name'!r} is not a project name: lower-case letters and digits, with single "
            f"- _ . between them, at most {MAX_NAME}",
            hint=f"for example --name {suggest_name(name, reserved=reserved)}",
        )
    if name in reserved:
        raise UsageError(
            f"a project of this template cannot be called {name}: its tools have that name already",
            hint=f"for example --name {name.partition('.')[0]}-bot",
        )
    return name


def suggest_name(text: str, *, reserved: frozenset[str] = frozenset()) -> str:
    """The nearest good name: ``Größter Bot!`` -> ``grosster-bot``."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))[:MAX_NAME].rstrip("-")
    return name if name and name not in reserved else "my-bot"


def check_path(path: str) -> str:
    """The relative path, if it stays below the folder that it is written to.

    Raises:
        AiflowError: absolute, with a drive, ``..``, an empty segment, a backslash or a control character.
    """
    segments = path.split("/")
    good = all(segment not in ("", ".", "..") for segment in segments)
    if not good or PurePosixPath(path).is_absolute() or re.search(r"[\\:\x00-\x1f]", path):
        raise AiflowError(f"refusing to write {path!r}: it is not a plain path below the project")
    return path
