"""docs/dashboard.md and docs/logs.md name what there is, and nothing that is not."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from aiflow_cli.cli import load_command
from aiflow_cli.commands.logs import LogFormat
from aiflow_cli.recording.exchange import OUTCOMES
from tests.dashboard.test_openapi import ROUTES

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = (DOCS / "dashboard.md").read_text()
LOGS = (DOCS / "logs.md").read_text()


def test_every_route_is_in_the_table() -> None:
    table = DASHBOARD[DASHBOARD.index("| route | does |") : DASHBOARD.index("**Pages.**")]
    told = set()
    methods: list[str]
    for row in re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", table, re.M):
        methods, path = [], ""
        for part in re.findall(r"`(.*?)`", row):
            method, _, rest = part.partition(" ")
            # "GET" alone belongs to the path behind it; ".../x" goes on from the one before.
            methods = [*methods, method] if method.isupper() else ["GET"]
            path = rest or method if not method.startswith("...") else path.rpartition("/")[0] + method[3:]
            if path and not path.isupper():
                told |= {(one.lower(), path) for one in methods}
                methods = []
    assert told == ROUTES


@pytest.mark.parametrize("page", [DASHBOARD, LOGS], ids=["dashboard", "logs"])
def test_every_command_line_in_it_has_such_options(page: str) -> None:
    lines = [line for block in re.findall(r"^```sh\n(.*?)^```", page, re.S | re.M) for line in block.splitlines()]
    assert lines
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[0] == "aiflow"
        command = load_command(words[1])
        for word in words[2:]:
            command = getattr(command, "commands", {}).get(word, command)
        names = {name for parameter in command.params for name in parameter.opts}
        ours = words[: words.index("--")] if "--" in words else words[: words.index("|")] if "|" in words else words
        assert [word for word in ours if word.startswith("-") and word not in names] == [], line


def test_formats_and_outcomes_are_all_there() -> None:
    for name in (*LogFormat, *OUTCOMES):
        assert f"`{name}`" in LOGS
