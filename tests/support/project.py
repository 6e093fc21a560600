"""A project with a bot that starts in a moment: the standard library alone, and a word for everything it can do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

BOT = '''
"""Writes a line to "starts" when it starts, and its process id to "pid"."""
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VOICE = {"provider": "azure", "language": "de-DE", "voice": "de-DE-KatjaNeural"}

def answer(event):
    def act(kind, **fields):
        return {"type": kind, "session_id": event["session"]["id"], **fields}
    if event["type"] == "session_start":
        return act("speak", text=os.environ.get("GREETING", "Welcome!"))
    if event["type"] == "dtmf_received":
        return act("speak", text=f"You pressed {event['digit']}.")
    if event["type"] == "user_input_timeout":
        return act("speak", text="Are you still there?")
    if event["type"] != "user_speak":
        return None
    text = event["text"]
    match text.split()[0]:
        case "bye":
            return act("hangup")
        case "agent":
            return act("transfer", target_phone_number="+4930123456", caller_id_name="Bot", caller_id_number="+4930")
        case "nothing":
            return None
        case "wait":
            return act("speak", text="I am listening.", user_input_timeout_seconds=5)
        case "voice":
            return act("speak", text="Listen.", tts=VOICE, barge_in={"strategy": "none"})
        case "strange":
            return {**act("speak", text="Hello?"), "session_id": "of another call"}
        case "secret":
            print("the secret is", os.environ["AIFLOW_SECRET"], flush=True)
            return act("speak", text="It is " + os.environ["AIFLOW_SECRET"])
        case "die":
            os._exit(3)
    return act("speak", text=f"You said: {text}")

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        self.reply(200 if self.path == "/health" else 404, b"")

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print("event", event["type"], flush=True)
        if self.headers.get("X-API-TOKEN", "") != os.environ.get("AIFLOW_SECRET", ""):
            return self.reply(401, b"")
        action = answer(event)
        self.reply(204 if action is None else 200, b"" if action is None else json.dumps(action).encode())

    def reply(self, status, body):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

Path("pid").write_text(str(os.getpid()))
with Path("starts").open("a") as file:
    file.write(os.environ["PORT"] + "\\n")
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''


@dataclass(frozen=True)
class Ran:
    """What a process gave."""

    code: int
    out: str
    err: str


class Project:
    """A folder with aiflow.toml, bot.py and calls.

    Args:
        folder: made if need be; HOME is beside it.
    """

    def __init__(self, folder: Path, *, command: list[str] | None = None, dotenv: str = "") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.environ: dict[str, str] = {}
        self.write("bot.py", BOT)
        self.write(".env", dotenv)
        words = [sys.executable, "bot.py"] if command is None else command
        self.write(
            "aiflow.toml",
            f'[webhook]\nurl = "{self.url}"\n[app]\ncommand = {json.dumps(words)}\n[calls]\npaths = ["calls"]\n',
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project, dedented."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return file

    @property
    def starts(self) -> list[str]:
        """The port of each start of the bot."""
        file = self.folder / "starts"
        return file.read_text().split() if file.exists() else []

    @property
    def bot_is_gone(self) -> bool:
        """Does the bot end? Waits for that, within bounds."""
        pid = int((self.folder / "pid").read_text())
        return wait_until(lambda: not _is_alive(pid))

    def start(self, *command: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start a process in the project, with an environment of its own."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environ = {**kept, "HOME": str(self.folder.parent), "NO_COLOR": "1", "COLUMNS": "120", **self.environ}
        return subprocess.Popen(
            command,
            cwd=cwd or self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, cwd: Path | None = None) -> Ran:
        with self.start(*command, cwd=cwd) as process:
            out, err = process.communicate(timeout=120)
        return Ran(process.returncode, out, err)

    def aiflow(self, *arguments: str) -> Ran:
        """Run ``aiflow``."""
        return self.run(sys.executable, "-m", "aiflow_cli", *arguments)

    def pytest(self, *arguments: str, cwd: Path | None = None) -> Ran:
        """Run pytest as a user of the project would, with warnings as errors."""
        return self.run(sys.executable, "-m", "pytest", "-W", "error", *arguments, cwd=cwd)

    @contextmanager
    def running_bot(self) -> Iterator[subprocess.Popen[str]]:
        """The bot, started by somebody else, from its first answer on."""
        with self.start("sh", "-c", f"PORT={self.port} exec {sys.executable} bot.py") as bot:
            try:
                assert wait_until(lambda: _listens(self.port))
                yield bot
            finally:
                bot.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended, too: nobody in a container may care to fetch it.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for a condition, within bounds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
