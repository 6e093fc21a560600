"""Nothing that we start outlives us: neither our ordinary end, nor ``kill -9``.

A guardian (a shell of a few lines) reads a pipe from us. When the pipe ends without a word, we were killed, and it
ends what we started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFTOVERS_SECONDS = 2
"""From SIGTERM to SIGKILL for what a process left running in its group when it ended."""

# dash, which is /bin/sh on Debian, takes no "--" after the signal.
_GUARDIAN = """
read -r target || exit 0
read -r word && exit 0
kill -TERM "$target" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$target" 2>/dev/null || break
  sleep 0.2
done
kill -KILL "$target" 2>/dev/null
rm -rf -- "$1"
"""


@contextmanager
def guardian(scratch: Path) -> Iterator[Callable[[int], None]]:
    """Start a guardian; yields the function that tells it whom to end: a process, or ``-N`` for the group N.

    Left in peace, the guardian ends with the block.

    Args:
        scratch: a folder that it removes where we cannot.
    """
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _GUARDIAN, "sh", str(scratch)],
        stdin=subprocess.PIPE,
        # It must not hold open what our caller reads to its end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pipe = shell.stdin
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
        shell.wait()


def end_group(group: int) -> None:
    """End what a process left behind in its group."""
    try:
        os.killpg(group, signal.SIGTERM)
        for _ in range(LEFTOVERS_SECONDS * 20):
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
