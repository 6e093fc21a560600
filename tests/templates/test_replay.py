"""A recorded call to each bot: sent again it is the same, and after one answer was changed it is not."""

from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.templates.bots import bot_params, scaffold

BOT_FILES = {"express": "bot.js", "flask": "bot.py", "go": "bot.go", "sinatra": "bot.rb"}


@pytest.mark.parametrize("template", bot_params(websocket=True))
def test_a_replay_differs_only_from_a_changed_bot(template: str, cli: Cli, tmp_path: Path) -> None:
    project = scaffold(template, tmp_path / "bot").build()
    said = ("--say", "hello", "--say", "goodbye")
    with project.running({}, log=tmp_path / "log") as bot:
        recorded = cli("call", bot.url, *said, "--record", "rec.jsonl")
        assert recorded.code == 0, recorded.err
        again = cli("replay", "rec.jsonl", "-o", "again.jsonl")
        assert again.code == 0, again.err
    assert cli("diff", "rec.jsonl", "again.jsonl").json["same"] is True

    source = project.folder / BOT_FILES[template.partition("+")[0]]
    source.write_text(source.read_text().replace("You said: ", "I heard: "))
    with project.build().running({}, log=tmp_path / "log") as bot:
        assert cli("replay", "rec.jsonl", "--url", bot.url, "-o", "changed.jsonl").code == 0

    changed = cli("diff", "rec.jsonl", "changed.jsonl")
    assert changed.code == 1
    (turn,) = [turn for turn in changed.json["calls"][0]["turns"] if turn["status"] != "same"]
    assert turn["left"]["event"]["text"] == "hello"
    assert [(change["left"], change["right"]) for change in turn["changes"]] == [("You said: hello", "I heard: hello")]
