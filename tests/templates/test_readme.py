"""The README of a project, followed word by word: its own start command, then `aiflow send-event`."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .bots import Project, RunningBot, bot_params, environ, free_port, scaffold, wait_until_healthy

every_bot = pytest.mark.parametrize("template", bot_params(websocket=True))


def _shell_blocks(project: Project) -> list[str]:
    """The commands of the README, dedented, in their order."""
    readme = (project.folder / "README.md").read_text()
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```$", readme, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


def _command(project: Project, word: str) -> str:
    (block,) = [block for block in _shell_blocks(project) if word in block]
    return block


def _move_to(project: Project, port: int) -> None:
    """Give the bot another port, in the two places that the README names."""
    for name in (".env", "aiflow.toml"):
        file = project.folder / name
        text = file.read_text()
        assert text.count("3000") == 1
        file.write_text(text.replace("3000", str(port)))


@contextmanager
def _started(project: Project, command: str, log: Path) -> Iterator[None]:
    port = free_port()
    _move_to(project, port)
    with log.open("wb") as output:
        # A group of its own: a shell or `go run` would be stopped without the bot that it started.
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=project.folder,
            env=environ({}),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until_healthy(RunningBot(process, port, log))
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@every_bot
def test_readme_leads_to_the_first_answered_event(template: str, tmp_path: Path) -> None:
    project = scaffold(template, tmp_path / "my-bot")
    with _started(project, _command(project, "set -a"), tmp_path / "log"):
        sent = project.run(_command(project, "hello"))
    assert sent.returncode == 0, sent.stdout
    assert "You said: hello" in sent.stdout
