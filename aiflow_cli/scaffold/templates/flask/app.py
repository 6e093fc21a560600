"""Starts the bot: reads its settings from the environment, serves, and stops without cutting a caller off."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

from flask import Flask
from waitress.server import create_server

from bot import Settings
from webhook import create_app

# Waitress keeps a body on disk before the application sees it; the application's own limit is 1 MiB.
MAX_BUFFERED_BYTES = 16 * 1_048_576


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings(transfer_number=os.environ.get("TRANSFER_NUMBER", ""))
    app = create_app(secret=os.environ.get("AIFLOW_SECRET", ""), settings=settings)
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "@@port@@"
    serve(app, host=host, port=port)


def serve(app: Flask, *, host: str, port: str) -> None:
    """Serve with Waitress, a production server; requests under way at the end still get their answers."""
    try:
        server = create_server(app, host=host, port=port, threads=8, ident="", max_request_body_size=MAX_BUFFERED_BYTES)
    except (OSError, ValueError) as error:
        sys.exit(f"cannot listen on {host}:{port}: {error}")
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logging.info("listening on http://%s:%s/webhook", host, port)
    server.run()


def stop(signal_number: int, frame: object) -> NoReturn:
    logging.info("stopping")
    # Waitress takes this for the end: it waits for its threads, so that no caller is cut off.
    raise SystemExit


if __name__ == "__main__":
    main()
