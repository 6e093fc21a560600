"""A scaffolded project by itself: its own tests pass, its Dockerfile passes a linter, nothing in it is left over."""

import re
from pathlib import Path

import pytest

from aiflow_cli.scaffold.catalog import TEMPLATES

from .bots import bot_params, scaffold
from .conftest import Projects

PASSED = {
    "express": r"^# pass [1-9]\d*$",
    "flask": r"^[1-9]\d* passed",
    "go": r"^ok\s+example.com/my-bot\s",
    "sinatra": r"^[1-9]\d* runs, [1-9]\d* assertions, 0 failures, 0 errors",
}
EVERY_PROJECT = {
    "README.md",
    "AGENTS.md",
    "Dockerfile",
    ".dockerignore",
    ".env",
    ".env.example",
    ".gitignore",
    "aiflow.toml",
}
every_bot = pytest.mark.parametrize("template", bot_params(websocket=True))


@every_bot
def test_own_tests_pass(projects: Projects, template: str) -> None:
    name = template.partition("+")[0]
    result = projects(template).run(TEMPLATES[name].test)
    assert result.returncode == 0, result.stdout
    assert re.search(PASSED[name], result.stdout, re.MULTILINE), result.stdout


@pytest.mark.runtime("ruby")
def test_own_tests_pass_under_bundler(tmp_path: Path) -> None:
    """`bundle install` leaves a Gemfile.lock, and then Bundler says which gems there are.

    Locked rather than installed: newer Bundlers do not take Debian's gems for installed ones, but run with them.
    """
    project = scaffold("sinatra", tmp_path)
    assert (locked := project.run("bundle lock --local")).returncode == 0, locked.stdout
    result = project.run("ruby test/app_test.rb")
    assert "0 failures, 0 errors" in result.stdout


@pytest.mark.runtime("go")
def test_go_code_is_formatted_and_vetted(projects: Projects) -> None:
    project = projects("go")
    assert project.run("gofmt -l .").stdout == ""
    assert (vetted := project.run("go vet ./...")).returncode == 0, vetted.stdout


@every_bot
def test_has_what_every_project_has(projects: Projects, template: str) -> None:
    folder = projects(template).folder
    assert {path.name for path in folder.iterdir()} >= EVERY_PROJECT
    assert (folder / "README.md").read_text().count("```") >= 6


@every_bot
def test_docker_image_takes_no_secret_along(projects: Projects, template: str) -> None:
    folder = projects(template).folder
    assert ".env" in (folder / ".dockerignore").read_text().splitlines()
    assert ".env" in (folder / ".gitignore").read_text().splitlines()


@every_bot
def test_dockerfile_passes_hadolint(projects: Projects, template: str) -> None:
    result = projects(template).run("hadolint --no-color Dockerfile")
    assert (result.returncode, result.stdout) == (0, "")


@every_bot
def test_dockerfile_is_fit_for_production(projects: Projects, template: str) -> None:
    lines = (projects(template).folder / "Dockerfile").read_text().splitlines()
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert all(re.search(r":\d+\.\d+\.\d+", image) for image in images), images
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    instructions = dict(line.split(maxsplit=1) for line in lines[start:] if line[:1].isalpha())
    assert instructions["USER"] not in {"0", "root"}
    assert instructions["EXPOSE"] == "3000"
    assert {"HEALTHCHECK", "CMD"} <= instructions.keys()
    assert not [line for line in lines if line.startswith("ADD ")]
