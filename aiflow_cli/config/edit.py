"""Changing one value in a TOML file and leaving every other byte alone."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from pathlib import Path

from aiflow_cli.errors import ConfigError

_HEADER = re.compile(r"^\s*\[\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\s*(?:#.*)?$")


def set_in_file(path: Path, key: str, value: str) -> None:
    """Set ``section.name`` to a string; the file and the section are made where they are missing.

    Raises:
        ConfigError: the file is not TOML, is written in a way that cannot be edited safely, or cannot be written.
    """
    try:
        text = path.read_bytes().decode() if path.exists() else ""
        changed = set_in_text(text, key, value)
        if changed != text:
            _replace(path, changed.encode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint="see https://toml.io for the format") from None
    except _CannotEdit:
        section, _, name = key.partition(".")
        hint = f"set it by hand: {name} = {json.dumps(value)} below [{section}]"
        raise ConfigError(f"{key} stands in {path} in a way that aiflow does not edit", hint=hint) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint="check its permissions") from None


class _CannotEdit(Exception):
    """The text says it in a way (inline table, dotted key, text that looks like a header) that is not edited."""


def set_in_text(text: str, key: str, value: str) -> str:
    """The text with ``section.name = "value"``; raises TOMLDecodeError, or _CannotEdit."""
    section, _, name = key.partition(".")
    wanted = tomllib.loads(text)
    if not isinstance(wanted.setdefault(section, {}), dict):
        raise _CannotEdit
    wanted[section][name] = value
    changed = _edited(text, section, name, f"{name} = {json.dumps(value, ensure_ascii=False)}")
    # The proof that nothing else changed its meaning, whatever the lines looked like.
    try:
        if tomllib.loads(changed) == wanted:
            return changed
    except tomllib.TOMLDecodeError:
        pass
    raise _CannotEdit


def _edited(text: str, section: str, name: str, line: str) -> str:
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    headers = [number for number, old in enumerate(lines) if _HEADER.match(old)]
    start = next((n for n in headers if _header(lines[n]) == section), None)
    if start is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += end
        blank = end if lines else ""
        return "".join(lines) + f"{blank}[{section}]{end}{line}{end}"
    stop = next((n for n in headers if n > start), len(lines))
    for number in range(start + 1, stop):
        if re.match(rf"\s*{re.escape(name)}\s*=", lines[number]):
            lines[number] = _with_value(lines[number], line)
            return "".join(lines)
    if not lines[start].endswith("\n"):
        lines[start] += end
    lines.insert(start + 1, line + end)
    return "".join(lines)


def _header(line: str) -> str | None:
    match = _HEADER.match(line)
    return match[1] if match else None


def _with_value(old: str, line: str) -> str:
    """The new line, with indent, comment and line ending of the old one."""
    body = old.rstrip("\r\n")
    indent = body[: len(body) - len(body.lstrip())]
    comment = re.search(r"""^[^"'#]*=\s*(?:"[^"\\]*"|'[^']*')(\s*#.*)$""", body)
    return indent + line + (comment[1] if comment else "") + old[len(body) :]


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file and rename, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(mode)
        Path(name).replace(path.resolve())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
