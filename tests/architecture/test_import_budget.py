"""What a command may load. Start-up is a feature: the ratios are in bench/startup, this keeps them from slipping."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aiflow_cli.cli import COMMANDS
from scripts.generate.tree import Node, walk
from tests.support.bot import Bot

_REPORT = """
import json, sys
from aiflow_cli.__main__ import main
sys.argv = ["aiflow", *json.loads(sys.argv[1])]
code = main()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""

HEAVY = (
    "asyncio",
    "click",
    "email",
    "fastapi",
    "httpx",
    "hypothesis",
    "importlib.metadata",
    "logging",
    "pydantic",
    "pyngrok",
    "pytest",
    "rich",
    "sqlite3",
    "ssl",
    "uvicorn",
    "uvloop",
    "websockets",
    "yaml",
)

COMMAND_MODULES = {name: f"aiflow_cli.commands.{name.replace('-', '_')}" for name in COMMANDS}


def loaded(home: Path, *arguments: str) -> set[str]:
    """The modules that are loaded at the end of a command."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, json.dumps(arguments)],
        cwd=home,
        env={"HOME": str(home)},
        capture_output=True,
        text=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


def heavy(modules: set[str], *allowed: str) -> set[str]:
    return modules & (set(HEAVY) - set(allowed))


def test_version_imports_nothing(tmp_path: Path) -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import json, sys; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
    )
    more = loaded(tmp_path, "--version") - set(json.loads(bare.stdout))
    assert more == {"aiflow_cli", "aiflow_cli.__main__", "aiflow_cli._version"}


def test_help_imports_no_command(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--help")
    assert not heavy(modules)
    assert not modules & set(COMMAND_MODULES.values())


@pytest.mark.parametrize("node", [node for node in walk() if node.path], ids=lambda node: node.name)
def test_help_of_a_command_imports_that_command_alone(node: Node, tmp_path: Path) -> None:
    modules = loaded(tmp_path, *node.path, "--help")
    assert not heavy(modules)
    assert modules & set(COMMAND_MODULES.values()) == {COMMAND_MODULES[node.path[0]]}


def test_the_log_is_read_without_validators_or_a_network(tmp_path: Path) -> None:
    assert not heavy(loaded(tmp_path, "logs", "-n", "5"), "sqlite3")


def test_an_event_is_sent_without_a_server_or_a_page(tmp_path: Path, bot: Bot) -> None:
    modules = loaded(tmp_path, "send-event", "user_speak", "--text", "hello", "--url", bot.url)
    # importlib.metadata comes with pydantic's plugins, email and logging with httpx.
    assert not heavy(modules, "email", "httpx", "importlib.metadata", "logging", "pydantic", "sqlite3", "ssl")
