"""docs/testing.md: its examples run, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from aiflow_cli.commands.test import app
from aiflow_cli.testing.caller import AiflowCall

from ..support.project import Project

PAGE = (Path(__file__).parents[2] / "docs/testing.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert match is not None
    return match[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project", dotenv='GREETING="Hello! How can I help you today?"\n')
    project.write("calls/order.yaml", example("yaml"))
    return project


def test_the_examples_pass(project: Project) -> None:
    project.write("calls/test_order.py", example("python"))
    ran = project.aiflow("test")
    assert ran.code == 0, ran.out
    assert "3 passed" in ran.out


def test_the_failure_is_shown_like_this(project: Project) -> None:
    project.write(".env", "GREETING=Good evening!\n")
    ran = project.aiflow("test", "-k", "greets")
    assert without_times(example("text")) in without_times(ran.out)


def without_times(text: str) -> str:
    return re.sub(r"silence [\d.]+ ms", "silence", text)


def test_every_option_of_the_page_is_one() -> None:
    known = {name for param in get_command(app).params for name in param.opts}
    told = set(re.findall(r"(?<=`)--?[a-z][a-z-]*", PAGE.partition("## pytest")[0]))
    assert told and told <= known, told - known


def test_every_public_name_of_the_fixture_is_on_the_page() -> None:
    names = {name for name in vars(AiflowCall) if not name.startswith("_")} - {"finish"}
    told = set(re.findall(r"`(\w+)\(|`(\w+)`", PAGE.partition("### From Python")[2]))
    assert names <= {name for pair in told for name in pair}, names
