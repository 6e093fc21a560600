"""Recordings: JSON lines, first a header, then one Exchange with ``callTimeMs`` a line (docs/recordings.md).

Each line is written at once, so that a process that is killed leaves a file that can be read up to there.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aiflow_cli._version import __version__
from aiflow_cli.errors import ConfigError, UsageError
from aiflow_cli.protocol.codec import load_json
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange, Transport
from aiflow_cli.recording.redaction import Redactor
from aiflow_cli.recording.shape import ShapeError, expect, read_exchange
from aiflow_cli.recording.upgrade import FORMAT_KEY, FORMAT_VERSION, NewerFormat, Upgrade

if TYPE_CHECKING:
    from aiflow_cli.recording.pseudonyms import Pseudonyms

_LONGEST_MS = 1e9
"""Eleven days: nobody talks longer, and a clock can be told to wait for it."""

_START = f'{{"{FORMAT_KEY}"'.encode()


class RecordingError(ConfigError):
    """A recording cannot be read or written.

    Args:
        message: what is wrong; the file and line are put before it.
        file: its name, as it was given.
        line: counted from 1; None where it is about the whole file.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None, hint: str | None = None) -> None:
        where = file if line is None else f"{file}, line {line}"
        super().__init__(f"{where}: {message}", hint=hint)
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a recording.

    Args:
        aiflow: version of the program that wrote it.
        flow_id: the flow that was recorded.
        url: of the webhook.
        transport: how it was reached.
        redacted: phone numbers and texts are pseudonyms.
    """

    url: str
    transport: Transport = "http"
    flow_id: str = LOCAL_FLOW
    aiflow: str = __version__
    redacted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON object; the format's version comes first, so that any reader finds it."""
        return {
            FORMAT_KEY: FORMAT_VERSION,
            "aiflow": self.aiflow,
            "flowId": self.flow_id,
            "url": self.url,
            "transport": self.transport,
            "redacted": self.redacted,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a recording.

    Args:
        exchange: what happened.
        call_time_ms: when, in milliseconds since its call began: virtual time of a simulated call, else measured.
    """

    exchange: Exchange
    call_time_ms: float

    def to_dict(self) -> dict[str, Any]:
        return {**self.exchange.to_dict(), "callTimeMs": self.call_time_ms}


@dataclass(frozen=True)
class Recording:
    """A recording, read.

    Args:
        notes: what a reader should know: sentences, for people.
    """

    header: Header
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def calls(self) -> dict[str | None, list[Entry]]:
        """The entries call by call, in order of their first event; what names no call belongs to the latest one."""
        calls: dict[str | None, list[Entry]] = {}
        current = next((entry.exchange.session_id for entry in self.entries if entry.exchange.session_id), None)
        for entry in self.entries:
            current = entry.exchange.session_id or current
            calls.setdefault(current, []).append(entry)
        return calls


class CallClock:
    """Tells when in its call an exchange happened, from the time of day it was sent at."""

    def __init__(self) -> None:
        self._began: dict[str | None, datetime] = {}

    def call_time_ms(self, exchange: Exchange) -> float:
        """Milliseconds since the first exchange of the same session; never negative."""
        try:
            at = datetime.fromisoformat(exchange.at)
            passed = at - self._began.setdefault(exchange.session_id, at)
        except (ValueError, TypeError):
            return 0.0
        return min(max(round(passed.total_seconds() * 1000, 3), 0.0), _LONGEST_MS)


class RecordingWriter:
    """Writes a recording line by line. A context manager; threads may share it.

    Args:
        path: the file; an older recording there is replaced, any other file is not.
        redactor: takes secrets out of every line.
        pseudonyms: where given, phone numbers and texts are masked with them.

    Raises:
        UsageError: the file exists and is no recording.
        RecordingError: it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        redactor: Redactor | None = None,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self.path = path
        self._redactor = redactor or Redactor()
        self._pseudonyms = pseudonyms
        self._clock = CallClock()
        self._lock = threading.Lock()
        self._file = _open(path)
        try:
            self._write(self._header(header))
        except BaseException:
            self._file.close()
            raise

    def write(self, exchange: Exchange, *, call_time_ms: float | None = None) -> None:
        """Append one exchange; it is in the file when this returns.

        Args:
            call_time_ms: when in its call it happened; else measured from the call's first exchange.
        """
        if call_time_ms is None:
            call_time_ms = self._clock.call_time_ms(exchange)
        clean = self._redactor.exchange(exchange)
        if self._pseudonyms is not None:
            clean = self._pseudonyms.exchange(clean)
        self._write(Entry(clean, call_time_ms).to_dict())

    def _header(self, header: Header) -> dict[str, Any]:
        redacted = header.redacted or self._pseudonyms is not None
        return {**header.to_dict(), "url": self._redactor.text(header.url), "redacted": redacted}

    def _write(self, document: Mapping[str, Any]) -> None:
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        rest = memoryview(line.encode() + b"\n")
        with self._lock:
            try:
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError as error:
                raise RecordingError(f"cannot be written: {error.strerror}", file=str(self.path)) from None

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(path: Path) -> FileIO:
    """Unbuffered, so that a kill loses no line; readable by its owner alone, because it holds what callers said."""
    try:
        if not _may_replace(path):
            raise UsageError(f"{path} exists and is no recording", hint="name another file, or remove this one")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        return FileIO(descriptor, "wb")
    except OSError as error:
        raise RecordingError(f"cannot be written: {error.strerror}", file=str(path)) from None


def _may_replace(path: Path) -> bool:
    if not path.is_file():
        return True
    with path.open("rb") as existing:
        return existing.read(len(_START)) in (b"", _START)


def read_recording(path: Path, *, name: str | None = None) -> Recording:
    """Read a file; ``name`` is what messages call it.

    Raises:
        RecordingError: it cannot be read, or is no recording.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror}", file=name or str(path)) from None
    return parse_recording(data, name=name or str(path))


def parse_recording(data: bytes, *, name: str) -> Recording:
    """Any bytes become a Recording or a RecordingError.

    A last line without its newline that cannot be read is what a killed process leaves: it is dropped with a note.
    """
    lines = data.split(b"\n")
    cut = lines.pop()
    header, upgrade = _read_header(lines[0] if lines else cut, name)
    entries = list(_read_lines(lines[1:], upgrade, name))
    notes: tuple[str, ...] = ()
    if lines and cut.strip():
        try:
            entries.append(_read_entry(cut, upgrade, name, len(lines) + 1))
        except RecordingError:
            notes = (f"{name}, line {len(lines) + 1}: cut off in the middle, left out (was the recording killed?)",)
    return Recording(header, tuple(entries), notes)


def _read_lines(lines: list[bytes], upgrade: Upgrade, name: str) -> Iterator[Entry]:
    for number, line in enumerate(lines, 2):
        if line.strip():
            yield _read_entry(line, upgrade, name, number)


def _read_header(line: bytes, name: str) -> tuple[Header, Upgrade]:
    hint = "a recording is written by `aiflow call --record FILE`"
    try:
        document = _object(line)
        if FORMAT_KEY not in document:
            raise ShapeError(f"{FORMAT_KEY} is missing", "$")
        upgrade = Upgrade(document[FORMAT_KEY])
        return _header(upgrade.header(document)), upgrade
    except NewerFormat as error:
        hint = "update aiflow: pip install --upgrade aiflow-cli"
        raise RecordingError(str(error), file=name, line=1, hint=hint) from None
    except ValueError as error:
        raise RecordingError(f"not a recording: {error}", file=name, line=1, hint=hint) from None


def _header(document: Mapping[str, Any]) -> Header:
    transport = expect(document, "transport", str)
    if transport not in ("http", "websocket"):
        raise ShapeError(f"{transport!r} is no transport", "$.transport")
    return Header(
        aiflow=expect(document, "aiflow", str),
        flow_id=expect(document, "flowId", str),
        url=expect(document, "url", str),
        transport=transport,
        redacted=document.get("redacted") is True,
    )


def _read_entry(line: bytes, upgrade: Upgrade, name: str, number: int) -> Entry:
    try:
        document = upgrade.line(_object(line))
        call_time_ms = expect(document, "callTimeMs", int, float)
        if not 0 <= call_time_ms <= _LONGEST_MS:
            raise ShapeError(f"must be 0 to {_LONGEST_MS:.0f}", "$.callTimeMs")
        return Entry(read_exchange(document), call_time_ms)
    except ValueError as error:
        raise RecordingError(str(error), file=name, line=number) from None


def _object(line: bytes) -> dict[str, Any]:
    """A line's JSON object.

    Raises:
        ValueError: it is something else.
    """
    document = load_json(line)
    if not isinstance(document, dict):
        raise ValueError("a line of a recording is a JSON object")
    return document
