"""docs/simulator.md: its examples run, and its numbers are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from aiflow_cli.session.effects import EndReason
from aiflow_cli.session.script import parse
from aiflow_cli.session.timing import CHARACTERS_PER_SECOND, VOICE_ACTIVITY_MS
from aiflow_cli.simulator.call import Options
from aiflow_cli.simulator.caller import KEY_MS, REACTION_MS
from scripts.generate import calls

from ..simulator.bots import Pizza, http_bot

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / calls.PAGE).read_text(encoding="utf-8")


def example(language: str, number: int = 0) -> str:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return found[number]


def test_the_call_file_of_the_page_is_one() -> None:
    (script,) = parse(example("yaml"), "calls/order.yaml")
    assert [step.kind for step in script.steps] == ["say", "barge_in", "dtmf", "silence", "say"]
    assert script.steps[0].text == "I would like a funghi, please."


def test_the_python_of_the_page_runs() -> None:
    code = example("python")
    with http_bot(Pizza()) as bot, contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code.replace("http://127.0.0.1:3000/webhook", bot.url), "docs/simulator.md", "exec"), {})
    assert printed.getvalue().splitlines() == [
        "Welcome to the pizza line. What can I bring you?",
        "You said: hello. Anything else with that?",
    ]


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    for sentence in (
        f"Speech lasts 1/{CHARACTERS_PER_SECOND} s a character",
        f"on WebSocket it is delivered {VOICE_ACTIVITY_MS} ms after",
        f"{REACTION_MS} ms more. Keys follow each other after {KEY_MS} ms.",
        f"{Options().most_events // 1000} {Options().most_events % 1000:03} events",
    ):
        assert sentence in " ".join(PAGE.split())


def test_every_reason_of_an_end_is_on_the_page() -> None:
    for reason in EndReason.__args__:  # type: ignore[attr-defined]
        assert f"`{reason}`" in PAGE
