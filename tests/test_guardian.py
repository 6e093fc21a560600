from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiflow_cli.guardian import end_group, guardian

_KILLED = """
import subprocess, sys, time
from pathlib import Path
from aiflow_cli.guardian import guardian

with guardian(Path(sys.argv[1])) as tell:
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    tell(-child.pid)
    print(child.pid, flush=True)
    time.sleep(600)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def running(pid: int) -> bool:
    """A process that is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_after_kill_9_nothing_is_left(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-c", _KILLED, str(scratch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        child = int(owner.stdout.readline())
        assert running(child)
        owner.kill()
    wait_for(lambda: not running(child))
    wait_for(lambda: not scratch.exists())


def test_left_in_peace_it_ends_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as child:
        with guardian(tmp_path) as tell:
            tell(-child.pid)
        assert child.poll() is None
        assert tmp_path.exists()
        child.kill()


def test_it_goes_where_it_was_told_nothing(tmp_path: Path) -> None:
    with guardian(tmp_path):
        pass
    assert tmp_path.exists()


def test_a_group_that_does_not_listen_is_ended_by_force() -> None:
    code = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(["sh", "-c", code], stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        end_group(child.pid)
        assert child.wait(timeout=30) == -signal.SIGKILL


def test_a_group_that_is_gone_is_no_error() -> None:
    with subprocess.Popen(["true"], start_new_session=True) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED)
    end_group(child.pid)
