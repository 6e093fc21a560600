"""What a person types, as steps."""

from __future__ import annotations

import pytest

from aiflow_cli.errors import UsageError
from aiflow_cli.session.steps import Step
from aiflow_cli.simulator.typed import read_line


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("hello there", Step(kind="say", text="hello there")),
        ("  ", None),
        ("/dtmf 12#", Step(kind="dtmf", text="12#")),
        ("/silence 8", Step(kind="silence", ms=8000)),
        ("/silence 0.5", Step(kind="silence", ms=500)),
        ("/barge wait a moment", Step(kind="barge_in", text="wait a moment")),
        ("/barge 500 wait", Step(kind="barge_in", text="wait", ms=500)),
        ("/barge 500", Step(kind="barge_in", text="500")),
        ("/hangup", Step(kind="hangup")),
    ],
)
def test_a_line_is_a_step(line: str, step: Step | None) -> None:
    assert read_line(line) == step


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/dtmf", "/dtmf is not complete"),
        ("/dtmf 1A", "/dtmf 1A is not complete"),
        ("/silence", "/silence is not complete"),
        ("/silence -1", "/silence -1 is not complete"),
        ("/silence 0", "/silence 0 is not complete"),
        ("/barge", "/barge is not complete"),
        ("/hangup now", "/hangup now is not complete"),
        ("/dtfm 1", "there is no command /dtfm"),
    ],
)
def test_a_mistake_says_what_is_missing(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read_line(line)
    assert caught.value.hint
