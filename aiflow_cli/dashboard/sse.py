"""Server-sent events: writing frames and reading them (the WHATWG HTML standard, "Server-sent events")."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from aiflow_cli.store.tail import Batch, Gap

HEARTBEAT_SECONDS = 15.0
MEDIA_TYPE = "text/event-stream"


def position_frame(looked_at: int) -> bytes:
    """A frame without data: remember this id, show nothing. Sent at the start and as heartbeat."""
    return b"id: %d\n\n" % looked_at


def frames(batch: Batch) -> bytes:
    """A whole batch as one piece of bytes, so that it leaves in one write."""
    parts: list[str] = []
    if batch.gap is not None:
        position = 0 if batch.gap.replaced else batch.gap.end
        data = json.dumps({"from": batch.gap.start, "to": batch.gap.end})
        parts.append(f"id: {position}\nevent: gap\ndata: {data}\n\n")
    # JSON never holds a bare line break, so that one data line is enough.
    parts.extend(f"id: {id}\nevent: exchange\ndata: {text}\n\n" for id, text in batch.rows)
    return "".join(parts).encode()


class Frame(NamedTuple):
    """One frame; ``data`` is None where it has none."""

    event: str
    id: int | None
    data: str | None


class FrameReader:
    """Cuts a stream of bytes into frames, wherever its chunks end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that are complete now."""
        data = self._rest + chunk
        # A chunk may end between CR and LF.
        held = b"\r" if data.endswith(b"\r") else b""
        if b"\r" in data:
            data = data.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *complete, rest = data.split(b"\n\n")
        self._rest = rest + held
        return map(_read, complete)


def _read(block: bytes) -> Frame:
    event, id, data = "message", None, None
    for line in block.decode("utf-8", errors="replace").split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data = value if data is None else f"{data}\n{value}"
        elif name == "event":
            event = value
        elif name == "id" and value.isascii() and value.isdigit():
            id = int(value)
    return Frame(event, id, data)


def read_gap(data: str) -> Gap:
    """The gap of a ``gap`` frame; raises ValueError."""
    try:
        told = json.loads(data)
        return Gap(int(told["from"]), int(told["to"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a gap: {data!r}") from error
