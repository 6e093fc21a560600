"""Any program that opens a tunnel and prints the public URL: cloudflared, ssh, and what users have."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from aiflow_cli.errors import TunnelError, UsageError
from aiflow_cli.tunnels.base import ORIGIN, Notify, origin_of
from aiflow_cli.tunnels.processes import END_SECONDS, end_child

OPEN_SECONDS = 30.0
_KEPT_LINES = 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to start a program and where its URL is.

    Args:
        command: words; ``{port}`` and ``{url}`` are the recorder's.
        pattern: finds the public URL in the output: the group 1, or all that matches.
        public_url: the public URL where the output does not tell the whole; ``{1}`` is the pattern's group.
        install: what to do where the program is missing.
    """

    command: tuple[str, ...]
    pattern: str = ORIGIN.pattern
    public_url: str | None = None
    install: str = "install it, or name another --provider"


_SSH = (
    "ssh -T -o ExitOnForwardFailure=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=3 "
    "-o StrictHostKeyChecking=accept-new"
)

PRESETS: dict[str, Recipe] = {
    "cloudflared": Recipe(
        tuple(shlex.split("cloudflared tunnel --no-autoupdate --url {url}")),
        r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com",
        install="install cloudflared: https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/downloads/",
    ),
    "ssh": Recipe(
        (*shlex.split(_SSH), "-R", "80:127.0.0.1:{port}", "nokey@localhost.run"),
        r"https://[a-z0-9.-]+\.(?:lhr\.life|localhost\.run)(?=[\s,]|$)",
        install="install an OpenSSH client",
    ),
}
"""Neither needs an account; ``ssh`` goes through localhost.run."""


def recipe_from(command: str, *, pattern: str | None, public_url: str | None) -> Recipe:
    """The recipe of ``--command``.

    Raises:
        UsageError: the command or the pattern cannot be read.
    """
    try:
        words = tuple(shlex.split(command))
        re.compile(pattern or "")
    except ValueError as error:
        raise UsageError(f"--command cannot be split into words: {error}", hint="check its quotes") from None
    except re.error as error:
        raise UsageError(f"--url-pattern is no regular expression: {error}") from None
    if not words:
        raise UsageError("--command is empty", hint="for example: --command 'my-tunnel --port {port}'")
    if public_url is not None:
        # Without a pattern the URL is known from the start, and the first output says that the program runs.
        return Recipe(words, pattern or "", public_url)
    return Recipe(words, pattern or ORIGIN.pattern)


class Command:
    """A tunnel that lives as long as a program of somebody else.

    Args:
        name: what users call it.
        recipe: how to start it.
        notify: told of what the program says when it ends.
        open_seconds: how long to wait for the URL.
    """

    def __init__(self, name: str, recipe: Recipe, *, notify: Notify, open_seconds: float = OPEN_SECONDS) -> None:
        self.name = name
        self.agent_pid: int | None = None
        self._recipe = recipe
        self._notify = notify
        self._open_seconds = open_seconds
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._origin: str | None = None
        self._found = threading.Event()

    def open(self, port: int) -> str:
        self.close()
        self._origin, self._found = None, threading.Event()
        self._lines.clear()
        process = self._start(port)
        self._reader = threading.Thread(target=self._read, args=(process, self._found), daemon=True)
        self._reader.start()
        if self._recipe.public_url is not None and not self._recipe.pattern:
            self._origin = origin_of(self._recipe.public_url)
            return self._origin
        self._found.wait(self._open_seconds)
        if self._origin is None:
            raise self._not_opened(process)
        return self._origin

    def _start(self, port: int) -> subprocess.Popen[str]:
        words = [word.replace("{port}", str(port)).replace("{url}", _local(port)) for word in self._recipe.command]
        if shutil.which(words[0]) is None:
            raise TunnelError(f"{self.name}: there is no program {words[0]}", hint=self._recipe.install)
        try:
            # A session of its own: Ctrl-C must not end it before the former URL is restored.
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise TunnelError(f"{self.name}: {words[0]} cannot be started: {error.strerror}") from None
        self.agent_pid = self._process.pid
        return self._process

    def _read(self, process: subprocess.Popen[str], found: threading.Event) -> None:
        """Until the program ends: a later URL takes the place of an earlier one."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._lines.append(line.rstrip())
                origin = self._origin_in(line)
                if origin is not None and process is self._process:
                    self._origin = origin
                    found.set()
        found.set()

    def _origin_in(self, line: str) -> str | None:
        if not self._recipe.pattern:
            return None
        match = re.search(self._recipe.pattern, line)
        if match is None:
            return None
        if self._recipe.public_url is not None:
            return origin_of(self._recipe.public_url.replace("{1}", match[1] if match.groups() else match[0]))
        told = ORIGIN.search(match[1] if match.groups() else match[0])
        return told.group() if told else None

    def _not_opened(self, process: subprocess.Popen[str]) -> TunnelError:
        if self._found.is_set():
            # Its output ended, so it is ending.
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
        said = "; ".join(line for line in list(self._lines)[-3:] if line) or "it said nothing"
        if process.poll() is not None:
            return TunnelError(f"{self.name} ended with {process.returncode}: {said}", hint=_advice(said))
        return TunnelError(
            f"{self.name} printed no public URL within {self._open_seconds:g} s: {said}",
            hint="--url-pattern says how to find the URL in what it prints",
        )

    def look(self) -> str | None:
        process = self._process
        if process is None or process.poll() is not None:
            return None
        return self._origin

    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is not None and self._lines:
            self._notify(f"{self.name} ended with {process.returncode}: {self._lines[-1]}")
        end_child(process)
        if self._reader is not None:
            self._reader.join()
        self.agent_pid = None


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _advice(said: str) -> str | None:
    if "Permission denied" in said:
        return "the server does not know your key: ssh-add it, or give -i in --command"
    if "remote port forwarding failed" in said:
        return "that port is taken on the server: ask for another one, or for port 0"
    if "Could not resolve" in said or "dial tcp" in said:
        return "check the network"
    return None
