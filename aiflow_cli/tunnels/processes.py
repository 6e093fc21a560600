"""Processes that we started, now or in a life before: asking them to end, and making sure."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

END_SECONDS = 3.0


def end_child(process: subprocess.Popen[str]) -> None:
    """End a child that leads its own session, and whatever it started; closes its pipes."""
    for name in ("SIGTERM", "SIGKILL"):
        # The group is asked even where its leader is gone: a helper of its may live on.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, getattr(signal, name))
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def identity_of(pid: int) -> str | None:
    """What tells a process from a later one with the same number; None where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        # After the name, which may hold anything: state first, start time as the 20th.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return None if Path("/proc/self/stat").exists() else _identity_by_ps(pid)


def _identity_by_ps(pid: int) -> str | None:
    try:
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return shown.stdout.strip() or None


def end_orphan(pid: int, identity: str) -> bool:
    """End a process that an earlier run of ours left behind; false where it is gone or somebody else's."""
    if identity_of(pid) != identity:
        return False
    for name in ("SIGTERM", "SIGKILL"):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, name))
        if _wait_until_gone(pid, identity):
            return True
    return False


def _wait_until_gone(pid: int, identity: str) -> bool:
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        if identity_of(pid) != identity:
            return True
        time.sleep(0.02)
    return False
