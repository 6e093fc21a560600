"""The README of a scaffolded Flask bot, followed to the letter: from a clone to the first answer."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from aiflow_cli.scaffold.catalog import TEMPLATES
from aiflow_cli.scaffold.files import project_files
from aiflow_cli.scaffold.plan import make_plan
from aiflow_cli.scaffold.writer import Target

SECONDS = 30.0
FLASK = TEMPLATES["flask"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Flask project on a free port: written in .env and in aiflow.toml, as the README has it."""
    folder = tmp_path / "my-bot"
    target = Target(folder)
    target.write(make_plan(project_files(FLASK, name="my-bot", secret="s3cret"), target.look))
    port = str(_free_port())
    for name in (".env", "aiflow.toml"):
        text = (folder / name).read_text()
        assert text.count("3000") == 1
        (folder / name).write_text(text.replace("3000", port))
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A shell's environment in which ``aiflow`` and ``python`` are ours."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, command in {"aiflow": "-m aiflow_cli", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {command} "$@"\n')
        (programs / name).chmod(0o755)
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIFLOW_", "PORT", "HOST"))}
    return ours | {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}


def shell_blocks(folder: Path) -> list[str]:
    """The commands of the README, in order."""
    text = (folder / "README.md").read_text()
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in block.splitlines()) for indent, block in blocks]


@contextmanager
def running(command: str, folder: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A shell that runs the bot, until the bot is healthy; killed with all its children in the end."""
    process = subprocess.Popen(["sh", "-c", command], cwd=folder, env=environ, start_new_session=True)
    try:
        _wait_until_healthy(folder, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def _wait_until_healthy(folder: Path, process: subprocess.Popen[bytes]) -> None:
    port = int((folder / ".env").read_text().partition("PORT=")[2].splitlines()[0])
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        try:
            connection.request("GET", "/health")
            with connection.getresponse() as response:
                assert response.read() == b'{"status":"ok"}\n'
                return
        except OSError:
            time.sleep(0.02)  # between two tries of a bounded wait
        finally:
            connection.close()
    raise AssertionError("the bot did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(command: str, folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, timeout=SECONDS
    )


def test_the_readme_leads_to_the_first_answer(project: Path, environ: dict[str, str]) -> None:
    install, settings, start, send, test, docker = shell_blocks(project)
    assert install == FLASK.install
    assert start == "set -a; . ./.env; set +a; python app.py"
    assert run(settings, project, environ).returncode == 0
    with running(start, project, environ) as bot:
        sent = run(send, project, environ)
        assert (sent.returncode, "You said: hello" in sent.stdout) == (0, True), sent.stdout + sent.stderr
        os.killpg(bot.pid, signal.SIGTERM)
        bot.wait(SECONDS)
    tested = run(test, project, environ)
    assert tested.returncode == 0, tested.stdout
    assert re.search(r"^\d+ passed", tested.stdout, re.MULTILINE)
    assert docker.startswith("docker build -t my-bot .")


def test_without_the_secret_nobody_is_answered(project: Path, environ: dict[str, str]) -> None:
    with running(shell_blocks(project)[2], project, environ):
        refused = run("AIFLOW_SECRET=wrong aiflow send-event user_speak --text hello --json 2>&1", project, environ)
        assert refused.returncode == 1
        assert "401" in refused.stdout
        assert "s3cret" not in refused.stdout


def test_a_clone_without_env_gets_one_that_is_private(project: Path, environ: dict[str, str]) -> None:
    (project / ".env").unlink()
    assert run(shell_blocks(project)[1], project, environ).returncode == 0
    assert (project / ".env").read_text() == (project / ".env.example").read_text()
    assert (project / ".env").stat().st_mode & 0o777 == 0o600
