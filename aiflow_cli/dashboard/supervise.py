"""Running a command so that nothing of it stays: neither when it ends, nor when we are killed.

The command gets a process group of its own, and a guardian ends it where we are killed. On a terminal the command
must stay in our group, or Ctrl-C and reading from the keyboard would not reach it; the guardian then ends the
command alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from aiflow_cli.errors import UsageError
from aiflow_cli.guardian import end_group, guardian

GRACE_SECONDS = 10
"""From the signal that we hand on to SIGKILL."""

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_supervised(command: Sequence[str], *, environ: Mapping[str, str], scratch: Path, on_terminal: bool) -> int:
    """Run a command to its end.

    Args:
        scratch: a folder that the guardian removes where we cannot.
        on_terminal: stdin is a terminal.

    Returns:
        Its exit code; 128 + N where signal N ended it.

    Raises:
        UsageError: it cannot be started.
    """
    with guardian(scratch) as tell, _Signals(from_keyboard=on_terminal) as signals:
        child = _start(command, environ, own_group=not on_terminal)
        target = child.pid if on_terminal else -child.pid
        tell(target)
        signals.forward_to(target)
        try:
            code = child.wait()
        finally:
            if not on_terminal:
                end_group(child.pid)
    return code if code >= 0 else 128 - code


def _start(command: Sequence[str], environ: Mapping[str, str], *, own_group: bool) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=dict(environ), process_group=0 if own_group else None)
    except OSError as error:
        raise UsageError(
            f"{command[0]} cannot be started: {error.strerror}", hint="is it installed, and spelt like this?"
        ) from None


class _Signals:
    """Hands the signals that we get on to the command; the second one, and a long wait, become SIGKILL.

    Args:
        from_keyboard: Ctrl-C reaches the command by itself.
    """

    def __init__(self, *, from_keyboard: bool) -> None:
        self._from_keyboard = from_keyboard
        self._received: list[int] = []
        self._target: int | None = None
        self._former: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number in _FORWARDED:
            self._former[number] = signal.signal(number, self._receive)
        self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._kill)
        return self

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def forward_to(self, target: int) -> None:
        """From now on; and what came meanwhile."""
        self._target = target
        for number in self._received:
            self._forward(number)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received.append(number)
        if self._target is None:
            return
        if len(self._received) > 1:
            self._kill(number, frame)
        else:
            self._forward(number)

    def _forward(self, number: int) -> None:
        signal.alarm(GRACE_SECONDS)
        if not (self._from_keyboard and number == signal.SIGINT):
            self._send(number)

    def _kill(self, number: int, frame: FrameType | None) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self._target is not None:
            with suppress(ProcessLookupError):
                os.kill(self._target, number)
