from __future__ import annotations

import io
from pathlib import Path

import pytest

from aiflow_cli.console import Console
from aiflow_cli.context import World
from aiflow_cli.errors import ConfigError
from tests.support.cli import FixedClock


def world(cwd: Path, **environ: str) -> World:
    environ = {"HOME": str(cwd / "home"), **environ}
    console = Console(None, io.StringIO(), io.StringIO(), environ)
    return World(console=console, clock=FixedClock(), environ=environ, cwd=cwd)


def test_the_project_and_its_settings_are_those_around_the_folder(tmp_path: Path) -> None:
    (tmp_path / "aiflow.toml").write_text('[webhook]\nurl = "http://here/"\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    found = world(inner)
    assert found.project is not None
    assert found.project.root == tmp_path
    assert found.settings["webhook.url"] == "http://here/"
    assert found.store_path == tmp_path / ".aiflow/aiflow.db"


def test_the_settings_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "aiflow.toml").write_text("broken")
    found = world(tmp_path)
    with pytest.raises(ConfigError):
        _ = found.settings


@pytest.mark.parametrize("name", ["AIFLOW_SECRET", "AIFLOW_TOKEN", "NGROK_AUTHTOKEN"])
def test_secrets_of_the_environment_are_taken_out(tmp_path: Path, name: str) -> None:
    assert world(tmp_path, **{name: "planted-secret"}).without_secrets("a planted-secret b") == "a [redacted] b"


def test_secrets_of_dotenv_and_of_options_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "aiflow.toml").touch()
    (tmp_path / ".env").write_text("AIFLOW_SECRET=from-dotenv\n")
    found = world(tmp_path)
    found.hide("from-option")
    found.hide(None)
    assert found.redactor("one-more").text("from-dotenv from-option one-more") == " ".join(["[redacted]"] * 3)


def test_what_is_known_is_taken_out_where_the_settings_are_broken(tmp_path: Path) -> None:
    (tmp_path / "aiflow.toml").write_text("broken")
    assert world(tmp_path, AIFLOW_SECRET="planted-secret").without_secrets("planted-secret") == "[redacted]"


def test_the_world_of_this_process() -> None:
    found = World.from_process()
    assert found.cwd == Path.cwd()
    assert found.environ["PATH"]
