"""An OpenSSH server of the test's own: on loopback, with keys that are thrown away."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WAIT = 20.0


@dataclass(frozen=True)
class Sshd:
    """A running server, and how to reach it."""

    port: int
    key: Path
    process: subprocess.Popen[bytes]

    @property
    def client(self) -> str:
        """The ssh command up to the destination, without asking anything."""
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ExitOnForwardFailure=yes"
        return f"ssh -F /dev/null -N -T -o BatchMode=yes {options} -i {self.key} -p {self.port}"

    @property
    def destination(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1"

    def cut_connections(self) -> None:
        """End the processes that serve connections; the server itself stays."""
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        for pid in listed.stdout.split():
            os.kill(int(pid), 9)


@contextmanager
def running_sshd(folder: Path) -> Iterator[Sshd]:
    """Start a server whose files are in ``folder``."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "AllowTcpForwarding": "remote",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.getuid() == 0:
        # Where the server's unprivileged half is locked in; made by the service's start on other machines.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
    try:
        _wait_for(port, process, folder / "sshd.log")
        yield Sshd(port, folder / "user", process)
    finally:
        process.terminate()
        process.wait(WAIT)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
