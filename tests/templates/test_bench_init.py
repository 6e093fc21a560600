"""bench/init runs: its numbers are for reading, not for judging here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def _bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bench.init", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)


@pytest.mark.runtime("go")
def test_measures_every_step_to_the_first_answer() -> None:
    result = _bench("go", "--warm", "--json")
    assert result.returncode == 0, result.stderr
    seconds = json.loads(result.stdout)["templates"]["go"]
    assert list(seconds) == ["init", "install", "start", "event", "total"]
    assert seconds["total"] == pytest.approx(sum(seconds.values()) - seconds["total"], abs=0.01)


def test_names_the_templates_when_one_is_unknown() -> None:
    result = _bench("cobol")
    assert result.returncode == 2
    assert "no template cobol; there are flask, express, go, sinatra" in result.stderr
