"""The conversation tests that a project comes with: they pass, and they notice a change."""

from pathlib import Path

import pytest

from .bots import SECRET, bot_params, free_port, scaffold
from .conftest import Bots, Projects

every_bot = pytest.mark.parametrize("template", bot_params())


@every_bot
def test_the_calls_of_a_template_pass(projects: Projects, bots: Bots, template: str) -> None:
    bot = bots(template, True)
    settings = f"AIFLOW_WEBHOOK_URL={bot.url} AIFLOW_SECRET='{SECRET}'"
    result = projects(template).run(f"{settings} aiflow test")
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout
    assert f"testing the bot at {bot.url}" in result.stdout


def test_a_changed_greeting_is_noticed(tmp_path: Path) -> None:
    project = scaffold("flask", tmp_path / "my-bot")
    source = project.folder / "bot.py"
    source.write_text(source.read_text().replace("Hello! How can I help", "Good morning! How may I help"))
    url = "http://127.0.0.1:3000/webhook"
    text = (project.folder / "aiflow.toml").read_text()
    assert url in text
    (project.folder / "aiflow.toml").write_text(text.replace(url, f"http://127.0.0.1:{free_port()}/webhook"))
    result = project.run("aiflow test --junitxml report.xml")
    assert result.returncode == 1, result.stdout
    assert 'expected  "Hello! How can I help you today?"' in result.stdout
    assert 'got       "Good morning! How may I help you today?"' in result.stdout
    assert 'failures="1"' in (project.folder / "report.xml").read_text()
