"""How AI Flow reaches a bot, as data: the words by which the pages of a project differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from aiflow_cli.errors import UsageError
from aiflow_cli.scaffold.catalog import CATALOG, Template


@dataclass(frozen=True, slots=True)
class Transport:
    """One transport.

    Args:
        scheme: of the webhook's URL.
        delivery: what AI Flow does with each event; continues "turns speech into text and".
        send: the command line that shows the bot's first answer.
        protocol: how events and answers go over the wire, for AGENTS.md. ``{suffix}`` is that of the bot's files.
    """

    name: str
    scheme: str
    delivery: str
    send: str
    protocol: str


HTTP = Transport(
    "http",
    "http",
    """posts
each event of a call to this bot's webhook; the bot answers with what to do next.""",
    "aiflow send-event user_speak --text hello",
    """One `POST /webhook` per event, JSON. Answer within 1 second (slower is heard as silence): 200 with one action or
an array of actions, carried out in order, or 204 without a body for "nothing to do".""",
)
WEBSOCKET = Transport(
    "websocket",
    "ws",
    """opens a
WebSocket to this bot for every call: each event is a frame, and the bot answers with what to do next.""",
    "aiflow call --say hello",
    """One WebSocket at `/webhook` per call (`websocket{suffix}`), JSON. Each event is a text frame, and so is each
answer: one action or an array of actions, carried out in order; nothing to do: nothing is sent. Answer within 1 second
(slower is heard as silence). `POST /webhook` takes the same events one by one: `aiflow send-event --url http://...`.""",
)
TRANSPORTS = {transport.name: transport for transport in (HTTP, WEBSOCKET)}


def find_transport(name: str | None, template: Template) -> Transport:
    """The transport that is meant, or the template's default.

    Raises:
        UsageError: there is none of that name, or the template does not have it.
    """
    if name is None:
        return TRANSPORTS[template.transports[0]]
    if name in template.transports:
        return TRANSPORTS[name]
    if name not in TRANSPORTS:
        raise UsageError(f"there is no transport {name}", hint=f"the transports are {', '.join(TRANSPORTS)}")
    others = " and ".join(other.name for other in CATALOG if name in other.transports)
    raise UsageError(f"the template {template.name} has no {name} bot", hint=f"{others} have one")


def words(transport: Transport, template: Template) -> dict[str, str]:
    """The placeholders that depend on the transport."""
    suffix = PurePath(template.main_file).suffix
    return {
        "delivery": transport.delivery,
        "send": transport.send,
        "protocol": transport.protocol.format(suffix=suffix),
    }
