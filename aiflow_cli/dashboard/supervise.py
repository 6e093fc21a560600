"""Running a command so that nothing of it stays: neither when it ends, nor when we are killed.

The command gets a process group of its own, and a guardian (a shell of a few lines that reads a pipe from us)
watches: when the pipe ends without a word, we were killed, and the guardian ends the group. On a terminal the
command must stay in our group, or Ctrl-C and reading from the keyboard would not reach it; the guardian then
ends the command alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from aiflow_cli.errors import UsageError

GRACE_SECONDS = 10
"""From the signal that we hand on to SIGKILL."""

LEFTOVERS_SECONDS = 2
"""The same for what the command left running when it ended."""

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_GUARDIAN = """
read -r target || exit 0
read -r word && exit 0
kill -TERM -- "$target" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 -- "$target" 2>/dev/null || break
  sleep 0.2
done
kill -KILL -- "$target" 2>/dev/null
rm -rf -- "$1"
"""


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
    with _guardian(scratch) as tell, _Signals(from_keyboard=on_terminal) as signals:
        child = _start(command, environ, own_group=not on_terminal)
        target = child.pid if on_terminal else -child.pid
        tell(target)
        signals.forward_to(target)
        try:
            code = child.wait()
        finally:
            if not on_terminal:
                _end_group(child.pid)
    return code if code >= 0 else 128 - code


def _start(command: Sequence[str], environ: Mapping[str, str], *, own_group: bool) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=dict(environ), process_group=0 if own_group else None)
    except OSError as error:
        raise UsageError(
            f"{command[0]} cannot be started: {error.strerror}", hint="is it installed, and spelt like this?"
        ) from None


@contextmanager
def _guardian(scratch: Path) -> Iterator[Callable[[int], None]]:
    """Start the guardian; yields the function that tells it whom to end. Left in peace, it ends with the block."""
    guardian = subprocess.Popen(
        ["/bin/sh", "-c", _GUARDIAN, "sh", str(scratch)],
        stdin=subprocess.PIPE,
        # It must not hold open what our caller reads to its end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pipe = guardian.stdin
    assert pipe is not None

    def tell(target: int) -> None:
        pipe.write(b"%d\n" % target)
        pipe.flush()

    try:
        yield tell
    finally:
        with suppress(BrokenPipeError):
            # Two lines are a farewell, whether or not it was told of a target.
            pipe.write(b"0\ndone\n")
            pipe.close()
        guardian.wait()


def _end_group(group: int) -> None:
    """End what the command left behind in its group."""
    try:
        os.killpg(group, signal.SIGTERM)
        for _ in range(LEFTOVERS_SECONDS * 20):
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


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
