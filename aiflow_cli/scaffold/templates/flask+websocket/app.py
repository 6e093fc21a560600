"""Starts the bot: reads its settings from the environment, serves, and stops without cutting a caller off."""

from __future__ import annotations

import logging
import os

from flask import Flask
from gunicorn.app.base import BaseApplication

from bot import Settings
from webhook import create_app
from websocket import add_websocket

# A call keeps its connection, and with it a thread, until it is over.
CALLS_AT_ONCE = 100
STOP_AFTER_SECONDS = 10


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings(transfer_number=os.environ.get("TRANSFER_NUMBER", ""))
    secret = os.environ.get("AIFLOW_SECRET", "")
    app = create_app(secret=secret, settings=settings)
    add_websocket(app, secret=secret, settings=settings)
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "@@port@@"
    logging.info("serving ws://%s:%s/webhook", host, port)
    Server(app, host=host, port=port).run()


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, a production server: one process, one thread a call."""

    def __init__(self, app: Flask, *, host: str, port: str) -> None:
        self.app = app
        self.bind = f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", self.bind)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", CALLS_AT_ONCE)
        self.cfg.set("graceful_timeout", STOP_AFTER_SECONDS)
        self.cfg.set("loglevel", "warning")

    def load(self) -> Flask:
        return self.app


if __name__ == "__main__":
    main()
