"""Calls that the dashboard orders."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from uuid import uuid4

from aiflow_cli.clock import SystemClock
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.simulator.orders import play_order
from aiflow_cli.transports.reach import transport_of

from .bots import Pizza, http_bot


@dataclass(frozen=True)
class Order:
    """As the dashboard's own."""

    url: str
    session_id: str
    flow_id: str = "7"
    secret: str | None = "hush"
    number: str = "+4922147100100"
    to_number: str = "+491713920000"


def play(url: str, *, closing: threading.Event | None = None) -> tuple[Order, list[Exchange]]:
    order = Order(url, str(uuid4()))
    exchanges: list[Exchange] = []
    play_order(order, exchanges.append, closing or threading.Event(), SystemClock())
    return order, exchanges


def test_an_order_is_a_whole_outbound_call() -> None:
    with http_bot(Pizza()) as bot:
        order, exchanges = play(bot.url)
    assert bot.types[0] == "session_start"
    assert bot.types.count("user_speak") == 2
    assert bot.types[-1] == "session_end"
    assert {exchange.session_id for exchange in exchanges} == {order.session_id}
    assert {exchange.flow_id for exchange in exchanges} == {"7"}
    session = bot.events[0]["session"]
    assert (session["direction"], session["to_phone_number"]) == ("outbound", "+491713920000")
    assert bot.headers[0]["x-api-token"] == "hush"
    assert [exchange.type for exchange in exchanges] == bot.types


def test_a_dashboard_that_closes_ends_the_call_properly() -> None:
    closing = threading.Event()
    closing.set()
    with http_bot(Pizza()) as bot:
        play(bot.url, closing=closing)
    assert bot.types == ["session_start", "session_end"]


def test_nobody_there() -> None:
    _, exchanges = play("http://127.0.0.1:9/webhook")
    assert [exchange.outcome for exchange in exchanges] == ["connection-error", "connection-error"]


def test_the_scheme_decides_about_the_transport() -> None:
    assert transport_of("wss://x") == transport_of("ws://x") == "websocket"
    assert transport_of("https://ws.example") == transport_of("http://x") == "http"
