"""``--fuzz``: correct bots survive, broken ones are found, and what is found is the shortest call."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from aiflow_cli.clock import SystemClock
from aiflow_cli.conformance.fuzz import Broken, Hunt, Outcome, fuzz, polished
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.moves import Move
from aiflow_cli.conformance.websocket_probe import WebSocketProbe
from aiflow_cli.recording.files import read_recording
from aiflow_cli.session.script import parse
from tests.bots.broken import BROKEN, Crashing, ShowsTraces
from tests.bots.correct import CORRECT, SECRET, Actions, Bot, Request, Response, serve
from tests.bots.websocket import serve_websocket
from tests.conformance.conftest import Aiflow
from tests.support.cli import Cli


def fuzzed(bot: Bot, *, seed: int = 1, examples: int = 60, seconds: float = 600) -> Outcome:
    with serve(bot) as url:
        probe = HttpProbe(url, secret=bot.secret, clock=SystemClock())
        try:
            return fuzz(probe, seed=seed, examples=examples, seconds=seconds)
        finally:
            probe.close()


@pytest.mark.parametrize("bot", CORRECT, ids=lambda bot: bot.__name__)
def test_a_correct_bot_survives(bot: type[Bot]) -> None:
    outcome = fuzzed(bot(SECRET), examples=100)
    assert outcome.found is None
    assert outcome.calls == 100


def test_a_correct_bot_survives_on_a_websocket() -> None:
    with serve_websocket(Bot(SECRET)) as url:
        probe = WebSocketProbe(url, secret=SECRET, settle=0.01, clock=SystemClock())
        assert fuzz(probe, seed=1, examples=10, seconds=60).found is None


class ThreeStars(Crashing):
    """Crashes when three stars were pressed in one call."""

    def __init__(self, secret: str | None = None) -> None:
        super().__init__(secret)
        self.stars: dict[str, int] = {}

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        id = event["session"]["id"]
        self.stars[id] = self.stars.get(id, 0) + (event.get("digit") == "*")
        return self.stars[id] >= 3


def test_a_failure_shrinks_to_the_shortest_call() -> None:
    found = fuzzed(ThreeStars(SECRET), seed=6, examples=5000).found
    assert found is not None
    assert found.moves == (Move("press", "***"),)
    assert found.every_time
    assert "press ***" in found.breach.message
    assert [one.sent.reply.status for one in found.played][-1] == 500


class ForgetsAfterBargeIn(Bot):
    """Answers the wrong call after an interruption."""

    def answer(self, event: dict[str, Any]) -> Actions:
        if event.get("barged_in"):
            return {"type": "speak", "session_id": "somebody else", "text": "Sorry!"}
        return super().answer(event)


def test_barge_in_during_the_greeting_is_tried_and_answers_are_judged() -> None:
    found = fuzzed(ForgetsAfterBargeIn(SECRET), examples=5000).found
    assert found is not None
    (move,) = found.moves
    assert (move.kind, move.ms) == ("interrupt", 0)
    assert 'session_id is "somebody else"' in found.breach.message


@pytest.mark.parametrize("id", ["deep-nesting", "stack-trace", "optional-fields", "session-id", "session-end-action"])
def test_broken_bots_are_found(id: str) -> None:
    found = fuzzed(BROKEN[id].bot(SECRET), examples=5000).found
    assert found is not None
    assert len(found.moves) <= 1


def test_the_same_seed_finds_the_same_call() -> None:
    first, second = (fuzzed(ShowsTraces(SECRET), seed=7, examples=200) for _ in range(2))
    assert first.found is not None and second.found is not None
    assert (first.found.moves, first.calls) == (second.found.moves, second.calls)


class Mortal(Bot):
    """A call takes it down for good."""

    def receive(self, request: Request) -> Response:
        if b'"digit"' in request.body:
            self.stop()
            raise ConnectionAbortedError
        return super().receive(request)


def test_a_bot_that_is_gone_is_asked_no_more() -> None:
    outcome = fuzzed(Mortal(SECRET), examples=200)
    assert outcome.found is not None
    assert "dtmf_received was not answered" in outcome.found.breach.message
    assert outcome.calls < 200


def test_time_ends_it() -> None:
    assert fuzzed(Bot(SECRET), examples=50, seconds=0).calls == 0


def test_what_was_found_is_saved_as_a_recording_and_a_call_file(aiflow: Aiflow, cli: Cli) -> None:
    with serve(ThreeStars(SECRET)) as url:
        arguments = ("--fuzz", "--seed", "6", "--examples", "5000", "--time", "600", "--save", "found")
        outcome = aiflow("check", url, *arguments, AIFLOW_SECRET=SECRET)
        again = aiflow("call", url, "--script", "found/fuzz-6.yaml", "--json", AIFLOW_SECRET=SECRET)
    assert outcome.code == 1
    assert "saved as found/fuzz-6.jsonl and found/fuzz-6.yaml\n" in outcome.err
    assert f"        aiflow check {url} --fuzz --seed 6 --examples 5000\n" in outcome.out
    recording = read_recording(cli.cwd / "found/fuzz-6.jsonl")
    events = [entry.exchange.event or {} for entry in recording.entries]
    assert [event["digit"] for event in events if "digit" in event] == ["*", "*", "*"]
    (script,) = parse((cli.cwd / "found/fuzz-6.yaml").read_bytes(), "fuzz-6.yaml")
    assert [(step.kind, step.text) for step in script.steps] == [("dtmf", "***")]
    exchanges = [line["exchange"] for line in again.lines if line["type"] == "exchange"]
    assert [e["status"] for e in exchanges if e["event"]["type"] == "dtmf_received"] == [200, 200, 500]


def test_nothing_found_is_a_pass_and_leaves_no_file(aiflow: Aiflow, cli: Cli) -> None:
    with serve(Bot(SECRET)) as url:
        outcome = aiflow("check", url, "--fuzz", "--examples", "20", "--format", "json", AIFLOW_SECRET=SECRET)
    assert outcome.code == 0
    assert [result["status"] for result in outcome.json["results"]] == ["passed"]
    assert list(cli.cwd.iterdir()) == []


def test_without_hypothesis_the_extra_is_named(aiflow: Aiflow, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **settings: Any) -> Any:
        if name.partition(".")[0] == "hypothesis":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with serve(Bot(None)) as url:
        outcome = aiflow("check", url, "--fuzz")
    assert outcome.code == 2
    assert outcome.err.endswith(
        "error: --fuzz needs Hypothesis, which is not installed\nhint: pip install 'aiflow-cli[test]'\n"
    )


def test_a_seed_without_fuzz_is_a_mistake(aiflow: Aiflow) -> None:
    outcome = aiflow("check", "http://127.0.0.1:9/webhook", "--seed", "1")
    assert outcome.code == 2
    assert "hint: add --fuzz" in outcome.err


def test_a_secret_is_in_no_file(aiflow: Aiflow, cli: Cli) -> None:
    class Tells(Bot):
        def answer(self, event: dict[str, Any]) -> Actions:
            return self.speak(event, f"Your token is {self.secret}")

    with serve(Tells(SECRET)) as url:
        outcome = aiflow("check", url, "--fuzz", "--seed", "1", "--time", "600", AIFLOW_SECRET=SECRET)
    assert "holds the secret" in outcome.out
    files: list[Path] = [*(cli.cwd / "fuzz").iterdir()]
    assert len(files) == 2
    assert SECRET not in outcome.out + outcome.err + "".join(file.read_text() for file in files)


def test_no_key_too_many() -> None:
    stars = (Move("press", "0**"), Move("press", "*7"))
    with serve(ThreeStars(SECRET)) as url:
        probe = HttpProbe(url, secret=SECRET, clock=SystemClock())
        hunt = Hunt(probe, seconds=600, on_call=lambda number: None)
        with pytest.raises(Broken):
            hunt.attempt(stars)
        assert hunt.last is not None
        shortest = polished(hunt.last, hunt)
        probe.close()
    assert shortest.moves == (Move("press", "***"),)
