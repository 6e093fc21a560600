"""What is not an event is refused, and never a crash: requests over HTTP, frames on a WebSocket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiflow_cli.conformance.check import Breach, Transport, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.http_probe import JSON_HEADERS, HttpProbe
from aiflow_cli.protocol.samples import sample_event

if TYPE_CHECKING:
    from aiflow_cli.conformance.websocket_probe import WebSocketProbe

_HTTP: tuple[Transport, ...] = ("http",)
DEEP = 20_000
"""Levels of nesting: every recursive parser gives up before."""

_MALFORMED = (b"{", b'{"type": "user_speak",', b"type=user_speak", b"<event/>", b'{"type": \xff\xfe}', b"\x00\x01")
_NO_EVENTS: tuple[Any, ...] = ([], "session_start", 42, None, True, {}, {"type": None}, {"type": "session_start"})
_BAD_SESSIONS: tuple[Any, ...] = (None, "1", [], {}, {"id": None})
_WRONG_TYPES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("user_speak", {"text": 5}),
    ("user_speak", {"text": None}),
    ("user_speak", {"text": ["Hello"]}),
    ("user_speak", {"text": ...}),
    ("dtmf_received", {"digit": 5}),
    ("dtmf_received", {"digit": "12"}),
    ("dtmf_received", {"digit": None}),
    ("assistant_speak", {"duration_ms": "long"}),
)
_CONTENT_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "nonsense",
)
_UTF8_TYPES = ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON")


@check(
    "malformed-json",
    "requests",
    "error",
    "1",
    "A body that is not JSON is answered with 4xx",
    "A 5xx says that the bot is broken, and a 2xx that all is well.",
    transports=_HTTP,
)
def malformed_json(probe: HttpProbe) -> Iterator[Breach]:
    for body in _MALFORMED:
        yield from expect.refused(probe.request(body), f"the body {body.decode(errors='replace')!r}")


@check(
    "empty-body",
    "requests",
    "error",
    "1",
    "An empty body is answered with 4xx",
    "It is what a probe or a mistaken curl sends.",
    transports=_HTTP,
)
def empty_body(probe: HttpProbe) -> Iterator[Breach]:
    for body in (b"", b" \n"):
        yield from expect.refused(probe.request(body), "an empty body" if not body else "a blank body")


@check(
    "wrong-shapes",
    "requests",
    "error",
    "2",
    "JSON that is no event is answered with 4xx",
    "An event is an object with a type and a session with an id.",
    transports=_HTTP,
)
def wrong_shapes(probe: HttpProbe) -> Iterator[Breach]:
    for value in _NO_EVENTS:
        yield from expect.refused(_post(probe, value), f"the body {json.dumps(value)}")
    for session in _BAD_SESSIONS:
        event = sample_event("user_speak", probe.fresh_id()) | {"session": session}
        yield from expect.refused(_post(probe, event), f"user_speak with session {json.dumps(session)}")


@check(
    "wrong-types",
    "requests",
    "error",
    "1",
    "A field of the wrong type is no crash",
    "Refuse it with 400 or ignore it, but stay up.",
    transports=_HTTP,
)
def wrong_types(probe: HttpProbe) -> Iterator[Breach]:
    for kind, fields in _WRONG_TYPES:
        shown = ", ".join(
            f"{name} {'missing' if value is ... else json.dumps(value)}" for name, value in fields.items()
        )
        with probe.call() as call:
            yield from expect.survived(_post(probe, call.event(kind, **fields)), f"{kind} with {shown}")


@check(
    "deep-nesting",
    "requests",
    "warning",
    "1",
    "JSON that is nested too deeply is no crash",
    "Parsers give up on it with an error of their own kind, which is easily forgotten.",
    transports=_HTTP,
)
def deep_nesting(probe: HttpProbe) -> Iterator[Breach]:
    yield from expect.survived(probe.request(b"[" * DEEP), f"a body of {DEEP} opening brackets")
    with probe.call() as call:
        event = json.dumps(call.event("user_speak")).encode()
        nested = event[:-1] + b', "extra": ' + b"[" * DEEP + b"]" * DEEP + b"}"
        yield from expect.survived(probe.request(nested), f"user_speak with a field nested {DEEP} levels deep")


@check(
    "get-and-head",
    "requests",
    "error",
    "1",
    "GET and HEAD are answered with 4xx",
    "Browsers, link previews and scanners come by; they are not the service.",
    transports=_HTTP,
)
def get_and_head(probe: HttpProbe) -> Iterator[Breach]:
    for method in ("GET", "HEAD"):
        sent = probe.request(method=method, headers={"User-Agent": "aiflow"})
        yield from expect.refused(sent, method)


@check(
    "content-type",
    "requests",
    "error",
    "1",
    "A wrong content type is no crash",
    "Refuse it or read the JSON all the same, but stay up.",
    transports=_HTTP,
)
def content_type(probe: HttpProbe) -> Iterator[Breach]:
    for name in (*_CONTENT_TYPES, None):
        body = json.dumps(sample_event("session_start", probe.fresh_id())).encode()
        headers = {"User-Agent": "aiflow"} if name is None else {**JSON_HEADERS, "Content-Type": name}
        yield from expect.survived(probe.request(body, headers=headers), f"content type {name or 'missing'}")


@check(
    "content-type-charset",
    "requests",
    "error",
    "1",
    "application/json with a charset, or in capitals, is answered with 2xx",
    "It is the same content type.",
    transports=_HTTP,
)
def content_type_charset(probe: HttpProbe) -> Iterator[Breach]:
    for name in _UTF8_TYPES:
        event = sample_event("session_start", probe.fresh_id())
        headers = {**JSON_HEADERS, "Content-Type": name}
        sent = probe.request(json.dumps(event).encode(), headers=headers, event=event)
        yield from expect.as_well(probe, sent, f"as {name}")


def _post(probe: HttpProbe, value: object) -> Any:
    return probe.request(json.dumps(value).encode())


@check(
    "malformed-frame",
    "requests",
    "error",
    "1",
    "A frame that is no event is no crash",
    "Ignore it or close with a code that says why, but stay up.",
    transports=("websocket",),
)
def malformed_frame(probe: WebSocketProbe) -> Iterator[Breach]:
    frames: list[str | bytes] = [b"\x00\xff", "", "no JSON", *(json.dumps(value) for value in _NO_EVENTS)]
    for frame in frames:
        yield from _outlived(probe, frame, f"the frame {frame!r}")


@check(
    "deep-frame",
    "requests",
    "warning",
    "1",
    "JSON that is nested too deeply is no crash",
    "Parsers give up on it with an error of their own kind, which is easily forgotten.",
    transports=("websocket",),
)
def deep_frame(probe: WebSocketProbe) -> Iterator[Breach]:
    yield from _outlived(probe, "[" * DEEP, f"a frame of {DEEP} opening brackets")


def _outlived(probe: WebSocketProbe, frame: str | bytes, what: str) -> Iterator[Breach]:
    """The connection is still there, or was closed in good order: a crash takes its time, the next event sees it."""
    with probe.connected() as call:
        sent = call.post(frame)
        after = call.nudge() if sent.refusal is None else sent
        for breach in expect.survived(after, what):
            yield replace(breach, steps=(sent, after))
