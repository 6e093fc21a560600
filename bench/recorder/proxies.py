"""What is measured: how each proxy is started in front of the bot, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

WAIT = 60.0


@dataclass(frozen=True)
class Proxy:
    """One way to the bot.

    Args:
        url: to send events to.
        records: it stores every request with its answer.
        pid: of its process.
    """

    name: str
    url: str
    records: bool
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time that its process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} does not listen on {port}") from None
            time.sleep(0.05)


@contextmanager
def started(command: Sequence[str], port: int, *, environ: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server until the end of the block; yields its process id."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=environ)
    try:
        wait_for_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(WAIT)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def all_proxies(scratch: Path, *, mitmdump: str | None) -> Iterator[list[Proxy]]:
    """The bot, and every proxy in front of it, running."""
    bot = free_port()
    with ExitStack() as stack:
        pid = stack.enter_context(started([sys.executable, "-m", "bench.recorder.app", str(bot)], bot))
        proxies = [Proxy("direct", f"http://127.0.0.1:{bot}/webhook", False, pid)]
        port = free_port()
        pid = stack.enter_context(_aiflow(scratch, bot, port))
        proxies.append(Proxy("aiflow", f"http://127.0.0.1:{port}/webhook", True, pid))
        if mitmdump is not None:
            port = free_port()
            mode = ["--mode", f"reverse:http://127.0.0.1:{bot}", "--listen-host", "127.0.0.1", "-p", str(port)]
            command = [mitmdump, "-q", *mode, "-w", str(scratch / "flows.mitm"), "--set", f"confdir={scratch}"]
            pid = stack.enter_context(started(command, port))
            proxies.append(Proxy("mitmdump -w", f"http://127.0.0.1:{port}/webhook", True, pid))
        if (caddy := shutil.which("caddy")) is not None:
            port = free_port()
            pid = stack.enter_context(_caddy(caddy, scratch, bot, port))
            proxies.append(Proxy("caddy", f"http://127.0.0.1:{port}/webhook", False, pid))
        yield proxies


def _aiflow(scratch: Path, bot: int, port: int) -> AbstractContextManager[int]:
    """The command that users run, live lines and all, with an exchange log of its own."""
    environ = {**os.environ, "HOME": str(scratch), "AIFLOW_STORE": str(scratch / "aiflow.db")}
    options = ["--provider", "loopback", "--no-register", "--port", str(port)]
    command = [sys.executable, "-m", "aiflow_cli", "tunnel", f"http://127.0.0.1:{bot}/webhook", *options]
    return started(command, port, environ=environ)


def _caddy(program: str, scratch: Path, bot: int, port: int) -> AbstractContextManager[int]:
    route = {"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{bot}"}]}]}
    server = {"listen": [f"127.0.0.1:{port}"], "routes": [route], "automatic_https": {"disable": True}}
    config = {"admin": {"disabled": True}, "apps": {"http": {"servers": {"bench": server}}}}
    path = scratch / "caddy.json"
    path.write_text(json.dumps(config))
    environ = {**os.environ, "HOME": str(scratch), "XDG_DATA_HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch)}
    return started([program, "run", "--config", str(path)], port, environ=environ)
