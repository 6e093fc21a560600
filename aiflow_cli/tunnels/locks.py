"""Locks that the operating system lets go when their process dies, however it dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiflow_cli.errors import TunnelError

POLL_SECONDS = 0.02


class FileLock:
    """An exclusive lock on a file of its own; the file stays.

    Args:
        path: of the file; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; false where another process has it."""
        import fcntl

        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let it go; nothing where it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Hold the lock; waits up to ``seconds`` for it.

        Raises:
            TunnelError: another process does not let it go.
        """
        deadline = time.monotonic() + seconds
        while not self.acquire():
            if time.monotonic() > deadline:
                raise TunnelError(f"another aiflow holds {self.path}", hint="wait for it, or end it")
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self.release()
