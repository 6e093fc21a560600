from __future__ import annotations

import json

import pytest

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import Failure, Reply
from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.recording.exchange import MAX_RAW_ANSWER, OUTCOMES, Exchange, observe

EVENT = sample_event("user_speak", "s")
SPEAK = {"type": "speak", "session_id": "s", "text": "Hi"}


def observed(reply: Reply, **more: object) -> Exchange:
    fields = {"flow_id": "local", "at": "2026-01-01T00:00:00.000Z", "source": "send-event", "url": "http://x/"}
    return observe(EVENT, reply, **{**fields, **more})  # type: ignore[arg-type]


def answered(*actions: object, status: int = 200, duration_ms: float = 12.3456) -> Reply:
    return Reply(status=status, body=json.dumps(list(actions)).encode(), duration_ms=duration_ms)


OUTCOME_OF: dict[str, Exchange] = {
    "rejected": observed(Reply(failure=Failure("rejected", "wrong secret"))),
    "connection-error": observed(Reply(failure=Failure("connection-error", "refused"))),
    "timeout": observed(Reply(failure=Failure("timeout", "5 s"))),
    "http-error": observed(answered(SPEAK, status=500, duration_ms=5000)),
    "invalid-action": observed(answered({"type": "speak"}, duration_ms=5000)),
    "slow": observed(answered(duration_ms=1000.1)),
    "no-action": observed(answered()),
    "ok": observed(answered(SPEAK)),
}
"""An example of each outcome; where two apply, the first of dashboard-api.md's order wins."""


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome(outcome: str) -> None:
    assert OUTCOME_OF[outcome].outcome == outcome


def test_what_the_caller_would_notice_has_failed() -> None:
    failed = {outcome for outcome, exchange in OUTCOME_OF.items() if exchange.failed}
    assert failed == {"rejected", "connection-error", "timeout", "http-error", "invalid-action"}


def test_a_failure_is_the_first_problem_and_has_no_duration() -> None:
    exchange = OUTCOME_OF["timeout"]
    assert exchange.problems[0] == Finding("timeout", "error", "5 s")
    assert (exchange.duration_ms, exchange.status) == (None, None)


def test_an_answer_is_kept_as_it_came() -> None:
    exchange = observed(answered(SPEAK, {"type": "mystery"}))
    assert exchange.actions == [SPEAK, {"type": "mystery"}]
    assert exchange.duration_ms == 12.346
    assert (exchange.session_id, exchange.type) == ("s", "user_speak")


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_that_is_no_answer_is_kept_up_to_64_kib(status: int) -> None:
    exchange = observed(Reply(status=status, body="ü".encode() * MAX_RAW_ANSWER * 2))
    assert exchange.raw_answer == "ü" * MAX_RAW_ANSWER


def test_a_body_that_is_an_answer_is_not_kept_twice() -> None:
    assert OUTCOME_OF["ok"].raw_answer is None


def test_what_the_sender_knows_comes_before_what_the_rules_find() -> None:
    known = Finding("late-push", "warning", "late")
    assert observed(answered({"type": "speak"}), findings=[known]).problems[0] == known


@pytest.mark.parametrize("exchange", OUTCOME_OF.values(), ids=OUTCOME_OF)
def test_json_and_back(exchange: Exchange) -> None:
    data = json.loads(exchange.with_id(7).to_json())
    assert Exchange.from_dict(data) == exchange.with_id(7)


def test_the_fields_of_the_dashboard_api() -> None:
    assert set(OUTCOME_OF["ok"].to_dict()) == {
        "id",
        "flowId",
        "sessionId",
        "at",
        "source",
        "transport",
        "url",
        "event",
        "actions",
        "status",
        "durationMs",
        "outcome",
        "problems",
        "replayOf",
    }


def test_text_that_was_no_event_is_kept_beside_it() -> None:
    exchange = observe(
        None, Reply(status=204), flow_id="f", at="2026-01-01T00:00:00.000Z", source="tunnel", url="u", raw_event="hello"
    )
    data = exchange.to_dict()
    assert (data["event"], data["rawEvent"], exchange.type, exchange.session_id) == (None, "hello", None, None)
