"""Every lawful way to send a request works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiflow_cli.conformance.check import Breach, Transport, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.traffic import NO_TOKEN

if TYPE_CHECKING:
    from aiflow_cli.conformance.websocket_probe import WebSocketProbe

_HTTP: tuple[Transport, ...] = ("http",)


@check(
    "keep-alive",
    "connection",
    "error",
    "1",
    "A connection that is used again works, also after a refused request",
    "What one request leaves unread is taken for the beginning of the next one.",
    transports=_HTTP,
)
def keep_alive(probe: HttpProbe) -> Iterator[Breach]:
    probe.renew()
    with probe.call() as call:
        event = json.dumps(call.event("user_speak")).encode()
        for number, (body, token) in enumerate(((event[:-9], None), (b'{"type": 1}', None), (event, NO_TOKEN))):
            steps = (probe.request(body, token=token, last=False), call.say(f"Hello {number}"))
            for _ in expect.as_well(probe, steps[-1], ""):
                message = f"after a refused request, user_speak on the same connection was {steps[-1].outcome}"
                yield Breach(message, steps)
                return


@check(
    "chunked",
    "connection",
    "error",
    "1",
    "A body without a length (chunked) is answered with 2xx",
    "Proxies and tunnels send bodies on in chunks.",
    transports=_HTTP,
)
def chunked(probe: HttpProbe) -> Iterator[Breach]:
    with probe.call() as call:
        event = call.event("user_speak")
        sent = probe.request(json.dumps(event).encode(), event=event, chunked=True)
        yield from expect.as_well(probe, sent, "with a chunked body")


@check(
    "fragments",
    "connection",
    "error",
    "1",
    "An event in several fragments is understood",
    "Proxies may cut a frame, and RFC 6455 lets them.",
    transports=("websocket",),
)
def fragments(probe: WebSocketProbe) -> Iterator[Breach]:
    with probe.connected() as call:
        event = call.event("user_speak")
        text = json.dumps(event)
        sent = call.post((text[:20], text[20:40], text[40:]), event=event)
        yield from expect.as_well(probe, sent, "in three fragments")
