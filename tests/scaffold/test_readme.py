"""What a project's README tells a newcomer to type (tests/templates/test_readme.py really starts the bots)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from aiflow_cli.cli import COMMANDS
from aiflow_cli.scaffold.catalog import CATALOG, Template
from aiflow_cli.scaffold.files import project_files
from aiflow_cli.scaffold.plan import make_plan
from aiflow_cli.scaffold.writer import Target

every_template = pytest.mark.parametrize("template", CATALOG, ids=lambda template: template.name)


def project(template: Template, folder: Path) -> Path:
    target = Target(folder)
    target.write(make_plan(project_files(template, name="my-bot", secret="s3cret"), target.look))
    return folder


def shell_blocks(folder: Path) -> list[str]:
    """The commands of the README, in order."""
    text = (folder / "README.md").read_text()
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in block.splitlines()) for indent, block in blocks]


@every_template
def test_the_readme_names_the_steps_in_order(template: Template, tmp_path: Path) -> None:
    install, settings, start, send, test, docker = shell_blocks(project(template, tmp_path))
    assert (install, test) == (template.install, template.test)
    assert settings == "test -e .env || install -m 600 .env.example .env"
    assert start == f"set -a; . ./.env; set +a; {template.start}"
    assert send == "aiflow send-event user_speak --text hello"
    assert docker.startswith("docker build -t my-bot .\n")


@every_template
def test_the_pages_name_commands_that_exist_and_those_that_matter(template: Template, tmp_path: Path) -> None:
    folder = project(template, tmp_path)
    for page in ("README.md", "AGENTS.md"):
        named = set(re.findall(r"`aiflow ([a-z-]+)", (folder / page).read_text()))
        assert named <= set(COMMANDS)
        assert {"call", "check", "logs", "test"} <= named
    assert "`aiflow tunnel`" in (folder / "README.md").read_text()


@every_template
def test_a_clone_without_settings_gets_private_ones_and_others_are_kept(template: Template, tmp_path: Path) -> None:
    folder = project(template, tmp_path)
    settings = shell_blocks(folder)[1]
    env = folder / ".env"
    own = env.read_bytes()
    subprocess.run(["sh", "-c", settings], cwd=folder, check=True)
    assert env.read_bytes() == own
    env.unlink()
    subprocess.run(["sh", "-c", settings], cwd=folder, check=True)
    assert env.read_bytes() == (folder / ".env.example").read_bytes()
    assert env.stat().st_mode & 0o777 == 0o600
