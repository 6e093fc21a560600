"""Signals of a command that has something to put back: the first one ends it in order, later ones do not disturb."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from aiflow_cli.errors import ExitCode

_ECHO_SECONDS = 0.5
"""A wrapper like npm passes on the Ctrl-C that the terminal has sent already: that is one, not two."""


class Ending:
    """Handles SIGINT, SIGTERM and SIGHUP while it is entered.

    Args:
        on_force: called at the second Ctrl-C, before the process is gone; must be quick.
    """

    def __init__(self, on_force: Callable[[], None]) -> None:
        self._on_force = on_force
        self._began: float | None = None
        self._former: dict[int, Any] = {}

    def begin(self) -> None:
        """From here on nothing but a second Ctrl-C interrupts."""
        if self._began is None:
            self._began = time.monotonic()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._began is None:
            self._began = time.monotonic()
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(ExitCode.TERMINATED)
        if number == signal.SIGINT and time.monotonic() - self._began > _ECHO_SECONDS:
            self._on_force()
            os._exit(ExitCode.INTERRUPTED)

    def __enter__(self) -> Ending:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                if hasattr(signal, name):
                    number = getattr(signal, name)
                    self._former[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
