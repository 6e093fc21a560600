"""The WebSocket side: one connection per call, an event in each frame, the bot's actions in each answer.

Nothing to change here for a new bot.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask, request
from flask_sock import Sock
from simple_websocket import Server

import bot
from webhook import DEFAULTS, MAX_BODY_BYTES, check_secret, log_line, parse_event

PATH = "/webhook"
PING_SECONDS = 25


def add_websocket(
    app: Flask,
    *,
    secret: str = "",
    settings: bot.Settings = DEFAULTS,
    answer: Callable[[bot.Event, bot.Settings], bot.Answer] = bot.answer,
) -> None:
    """Let the application take calls on a WebSocket at the webhook's own path."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": MAX_BODY_BYTES}

    @app.before_request
    def check_handshake() -> None:
        """A wrong secret is refused with 401 before there is a connection."""
        if request.path == PATH and request.headers.get("Upgrade", "").lower() == "websocket":
            check_secret(secret)

    def take_call(connection: Server) -> None:
        while True:
            frame = connection.receive()
            actions = respond(frame)
            if actions is not None:
                connection.send(json.dumps(actions, ensure_ascii=False))

    def respond(frame: str | bytes) -> bot.Answer:
        """The answer to one frame; a frame that is no event, or a fault of the bot, must not end the call."""
        try:
            event = parse_event(frame.encode() if isinstance(frame, str) else frame)
            actions = answer(event, settings)
        except bot.BadEvent as error:
            app.logger.warning("refused a frame: %s", error)
            return None
        except Exception:
            app.logger.exception("the bot failed")
            return None
        app.logger.info(log_line(event, actions))
        return actions

    Sock(app).route(PATH, provide_automatic_options=False)(take_call)
