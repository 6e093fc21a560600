from __future__ import annotations

import re

import pytest

from aiflow_cli.config.settings import SETTINGS
from tests.support.cli import Cli

PLANTED = "planted-secret"


@pytest.fixture
def project(cli: Cli) -> Cli:
    cli.project(
        '[webhook]\nurl = "http://me:planted-password@127.0.0.1:1/"\n[app]\ncommand = ["python", "app.py"]\n',
        dotenv=f"AIFLOW_SECRET={PLANTED}\n",
    )
    cli.environ["AIFLOW_FLOW"] = "f-1"
    return cli


def test_list_shows_each_setting_with_its_source(project: Cli) -> None:
    rows = {row["key"]: row for row in project("config", "list", "--json").json}
    assert list(rows) == [setting.key for setting in SETTINGS]
    assert rows["dashboard.flow"] == {
        "key": "dashboard.flow",
        "value": "f-1",
        "source": "AIFLOW_FLOW in the environment",
        "variable": "AIFLOW_FLOW",
    }
    assert rows["app.command"]["value"] == ["python", "app.py"]
    assert rows["app.command"]["source"] == str(project.cwd / "aiflow.toml")
    assert rows["app.health"]["source"] == "default"
    assert (rows["webhook.secret"]["value"], rows["dashboard.token"]["value"]) == ("********", "")
    assert rows["webhook.secret"]["source"] == str(project.cwd / ".env")


def test_list_is_a_table_for_people(project: Cli) -> None:
    lines = project("config", "list").out.splitlines()
    assert lines[1].split() == ["app.command", "python", "app.py", str(project.cwd / "aiflow.toml")]
    columns = {match.end() for line in lines if (match := re.match(r"\S+ +", line))}
    assert len(columns) == 1


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["get", "webhook.secret"], ["get", "webhook.url"]])
def test_secrets_are_never_shown(project: Cli, arguments: list[str]) -> None:
    result = project("config", *arguments)
    assert result.code == 0
    assert "planted" not in result.out + result.err


def test_get_prints_the_value_alone(project: Cli) -> None:
    assert project("config", "get", "dashboard.flow").out == "f-1\n"
    assert project("config", "get", "app.command").out == "python app.py\n"
    assert project("config", "get", "app.command", "--json").json["value"] == ["python", "app.py"]
    assert project("config", "get", "store").out == "\n"


def test_get_of_a_secret_says_where_it_is(project: Cli) -> None:
    result = project("config", "get", "webhook.secret")
    assert result.out == "********\n"
    assert str(project.cwd / ".env") in result.err


def test_path_shows_the_files(project: Cli) -> None:
    assert project("config", "path", "--json").json == {
        "project": str(project.cwd / "aiflow.toml"),
        "dotenv": str(project.cwd / ".env"),
        "user": str(project.home / ".config/aiflow/config.toml"),
        "store": str(project.cwd / ".aiflow/aiflow.db"),
    }
    assert f"user     {project.home}/.config/aiflow/config.toml  (not there)" in project("config", "path").out


def test_path_outside_a_project(cli: Cli) -> None:
    assert cli("config", "path", "--json").json["project"] is None
    assert "no aiflow.toml here or above" in cli("config", "path").out
