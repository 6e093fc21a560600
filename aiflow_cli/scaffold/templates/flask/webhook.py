"""The HTTP side: checks a request, hands its event to the bot, sends the answer.

Nothing to change here for a new bot.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized

import bot

DEFAULTS = bot.Settings()
MAX_BODY_BYTES = 1_048_576

SENTENCES = {
    401: "missing or wrong X-API-TOKEN",
    404: "not found",
    405: "method not allowed",
    413: "body is larger than 1 MiB",
    500: "internal error",
}


def create_app(
    *,
    secret: str = "",
    settings: bot.Settings = DEFAULTS,
    answer: Callable[[bot.Event, bot.Settings], bot.Answer] = bot.answer,
) -> Flask:
    """The Flask application. ``answer`` is a parameter so that a test can put a broken bot in its place."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1  # see read_body
    app.config["PROPAGATE_EXCEPTIONS"] = False  # whatever FLASK_DEBUG says
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.get("/health", provide_automatic_options=False)
    def health() -> Response:
        return jsonify(status="ok")

    @app.post("/webhook", provide_automatic_options=False)
    def receive() -> Response:
        check_secret(secret)
        event = parse_event(read_body())
        actions = answer(event, settings)
        app.logger.info(log_line(event, actions))
        return jsonify(actions) if actions is not None else Response(status=204)

    app.register_error_handler(HTTPException, refuse)
    app.register_error_handler(bot.BadEvent, refuse_event)
    return app


def check_secret(secret: str) -> None:
    # WSGI hands header bytes over as Latin-1 text. compare_digest takes equally long for any wrong secret.
    given = request.headers.get("X-API-TOKEN", "").encode("latin-1")
    if secret and not hmac.compare_digest(given, secret.encode()):
        raise Unauthorized


def read_body() -> bytes:
    # Werkzeug cuts a body of unknown length off at its limit without a word: the byte above ours tells.
    body = request.get_data()
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body


def parse_event(body: bytes) -> bot.Event:
    """The event in a request's body, whatever its content type says.

    Raises:
        BadEvent: it is no JSON object with a type and a session id.
    """
    event = parse_json(body)
    if not isinstance(event, dict):
        raise bot.BadEvent("body is not a JSON object")
    if not is_text(event.get("type")):
        raise bot.BadEvent("event has no type")
    session = event.get("session")
    if not isinstance(session, dict) or not is_text(session.get("id")):
        raise bot.BadEvent("event has no session.id")
    return event


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise bot.BadEvent("body is not JSON") from None


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON, though Python reads it")


def is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def log_line(event: bot.Event, actions: bot.Answer) -> str:
    """One line per event; quoted, so that what a sender puts into an event cannot begin a line of its own."""
    done = actions if isinstance(actions, list) else [actions] if actions else []
    types = ", ".join(action["type"] for action in done) or "nothing"
    return f"{json.dumps(event['type'])} session {json.dumps(event['session']['id'])} -> {types}"


def refuse_event(error: bot.BadEvent) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


def refuse(error: HTTPException) -> tuple[Response, int]:
    status = error.code or 500
    response = jsonify(error=SENTENCES.get(status, error.name.lower()))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response, status
