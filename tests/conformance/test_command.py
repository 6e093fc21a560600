"""``aiflow check``: formats, selection, exit codes, and what is never shown."""

from __future__ import annotations

import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.simulator.echo_bot import echo_bot
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.bots.broken import BROKEN, ForgetsTheId, Helpful, ShowsTraces
from tests.bots.correct import SECRET, Bot, Request, Response, serve
from tests.conformance.conftest import Aiflow
from tests.support.cli import Cli


@pytest.fixture
def url() -> Iterator[str]:
    """A correct bot."""
    with serve(Bot(SECRET)) as url:
        yield url


def test_a_correct_bot_scores_100_and_exits_0(aiflow: Aiflow, url: str) -> None:
    outcome = aiflow("check", url, AIFLOW_SECRET=SECRET)
    assert outcome.code == 0
    assert outcome.out.endswith("score 100\n")
    assert "FAIL" not in outcome.out
    assert outcome.err == f"checking {url}\n"


def test_the_built_in_bot_has_nothing_to_be_ashamed_of(aiflow: Aiflow) -> None:
    with echo_bot() as url:
        outcome = aiflow("check", url)
    # It has no secret, so that group is not run, and 99 is the most.
    assert outcome.code == 0, outcome.out
    assert outcome.out.splitlines()[-1].startswith("score 99 ")


def test_a_failure_shows_what_was_sent_what_came_back_why_and_how_to_repeat_it(aiflow: Aiflow) -> None:
    with serve(ForgetsTheId(SECRET)) as url:
        outcome = aiflow("check", url, "--only", "session-id", AIFLOW_SECRET=SECRET)
    assert outcome.code == 1
    assert "FAIL  session-id" in outcome.out
    assert "error: The action reaches no call." in outcome.out
    assert "session_start: the action has no session_id (session_id = null) at $.session_id" in outcome.out
    assert 'sent:   POST: {"type": "session_start"' in outcome.out
    assert "answer: 200 in " in outcome.out
    assert f"curl -i {url} -H 'Content-Type: application/json' -H \"X-API-TOKEN: $AIFLOW_SECRET\"" in outcome.out
    assert SECRET not in outcome.out


def test_json_is_one_object_with_the_whole_of_every_failure(aiflow: Aiflow) -> None:
    with serve(ForgetsTheId(SECRET)) as url:
        outcome = aiflow("check", url, "--format", "json", AIFLOW_SECRET=SECRET)
    report = outcome.json
    assert (report["url"], report["transport"]) == (url, "http")
    assert report["score"] < 100
    assert report["groups"]["secret"] == {"passed": 6, "run": 6}
    assert [result["id"] for result in report["results"]] == [c.id for c in MANIFEST if "http" in c.transports]
    (failed,) = [result for result in report["results"] if result["status"] == "failed"]
    first = failed["failures"][0]
    assert first["path"] == "$.session_id"
    assert first["steps"][0]["sent"]["method"] == "POST"
    assert first["steps"][0]["received"]["status"] == 200
    assert SECRET not in outcome.out


def test_json_has_a_short_flag_that_no_other_format_contradicts(aiflow: Aiflow, url: str) -> None:
    short = aiflow("check", url, "--json", "--only", "every-event", AIFLOW_SECRET=SECRET)
    assert [result["id"] for result in short.json["results"]] == ["every-event"]
    both = aiflow("check", url, "--json", "--format", "sarif")
    assert (both.code, both.out) == (2, "")


def test_junit_has_a_suite_a_group_and_a_case_a_check(aiflow: Aiflow) -> None:
    with serve(ShowsTraces(None)) as url:
        outcome = aiflow("check", url, "--format", "junit")
    root = ET.fromstring(outcome.out)
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {check.id for check in MANIFEST if "http" in check.transports}
    failure = cases["stack-trace"].find("failure")
    assert failure is not None
    assert "Traceback" in str(failure.text)
    assert cases["secret-wrong"].find("skipped") is not None
    assert (root.get("failures"), root.get("tests")) == ("1", str(len(cases)))


def test_sarif_has_a_rule_a_check_and_a_result_a_failure(aiflow: Aiflow) -> None:
    with serve(ShowsTraces(None)) as url:
        outcome = aiflow("check", url, "--format", "sarif")
    document = outcome.json
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= {"error", "warning", "note"}
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "stack-trace"
    assert "Python stack trace" in result["message"]["text"]


@pytest.mark.parametrize("format", ["text", "json", "junit", "sarif"])
def test_a_secret_that_the_bot_tells_is_in_no_report(aiflow: Aiflow, format: str, cli: Cli) -> None:
    with serve(Helpful(SECRET)) as url:
        outcome = aiflow("check", url, "--format", format, "--record", AIFLOW_SECRET=SECRET)
    assert outcome.code == 1
    assert "secret-leak" in outcome.out
    assert SECRET not in outcome.out + outcome.err
    assert SECRET.encode() not in cli.store.read_bytes()


def test_record_writes_every_exchange_with_its_source(aiflow: Aiflow, url: str, cli: Cli) -> None:
    assert aiflow("check", url, "--record", "--only", "malformed-json", AIFLOW_SECRET=SECRET).code == 0
    with Store(cli.store) as store:
        exchanges = store.last(Query(), 100)
    assert {exchange.source for exchange in exchanges} == {"check"}
    assert [exchange.status for exchange in exchanges] == [200, 400, 400, 400, 400, 400, 400]
    assert exchanges[1].raw_event == "{"


def test_without_record_nothing_is_written(aiflow: Aiflow, url: str, cli: Cli) -> None:
    assert aiflow("check", url, "--only", "every-event", AIFLOW_SECRET=SECRET).code == 0
    assert not cli.store.exists()


def test_only_and_skip_take_checks_and_groups(aiflow: Aiflow, url: str) -> None:
    arguments = ("--only", "events", "--only", "chunked", "--skip", "every-digit", "--format", "json")
    report = aiflow("check", url, *arguments, AIFLOW_SECRET=SECRET).json
    ids = {result["id"] for result in report["results"]}
    assert "chunked" in ids and "every-event" in ids
    assert "every-digit" not in ids and "keep-alive" not in ids
    assert report["score"] == 99, "100 needs every group"


def test_severity_leaves_warnings_out(aiflow: Aiflow) -> None:
    broken = BROKEN["unknown-type-quiet"].bot(None)
    with serve(broken) as url:
        assert aiflow("check", url).code == 1
        outcome = aiflow("check", url, "--severity", "error")
    assert outcome.code == 0
    assert "unknown-type-quiet" not in outcome.out


def test_a_misspelt_check_is_an_error_with_a_near_miss(aiflow: Aiflow, url: str) -> None:
    outcome = aiflow("check", url, "--only", "keepalive")
    assert outcome.code == 2
    assert outcome.err == "error: there is no check or group keepalive\nhint: did you mean keep-alive?\n"
    assert aiflow("check", url, "--only", "chunked", "--skip", "connection").code == 2


def test_list_names_every_check_and_sends_nothing(aiflow: Aiflow) -> None:
    outcome = aiflow("check", "http://127.0.0.1:9/webhook", "--list")
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == len([check for check in MANIFEST if "http" in check.transports])
    ids = [check["id"] for check in aiflow("check", "http://127.0.0.1:9/webhook", "--list", "--format", "json").json]
    assert "every-event" in ids


def test_a_bot_that_is_not_there_exits_5(aiflow: Aiflow) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = aiflow("check", f"http://127.0.0.1:{port}/webhook")
    assert outcome.code == 5
    assert "connection refused" in outcome.err
    assert "hint: start the bot first" in outcome.err
    assert outcome.out == ""


def test_a_bot_that_wants_a_secret_says_which_variable(aiflow: Aiflow, url: str) -> None:
    outcome = aiflow("check", url)
    assert outcome.code == 1
    assert "the webhook expects a secret (it answers 401)" in outcome.err
    assert "AIFLOW_SECRET" in outcome.err


def test_a_wrong_secret_fails_one_check_and_runs_no_other(aiflow: Aiflow, url: str) -> None:
    outcome = aiflow("check", url, "--format", "json", AIFLOW_SECRET="another-secret")
    assert outcome.code == 1
    states = {result["id"]: result["status"] for result in outcome.json["results"]}
    assert {id for id, status in states.items() if status != "not-run"} == {"secret-accepted"}
    assert outcome.json["score"] == 0


class DiesOfEmoji(Bot):
    """Takes its server down instead of an answer, as an exit() does."""

    def receive(self, request: Request) -> Response:
        if "🎉".encode() in request.body:
            self.stop()
            raise ConnectionAbortedError
        return super().receive(request)


def test_a_bot_that_dies_under_a_check_fails_that_check_and_the_rest_is_not_run(aiflow: Aiflow) -> None:
    with serve(DiesOfEmoji(None)) as url:
        outcome = aiflow("check", url, "--format", "json")
    states = {result["id"]: result for result in outcome.json["results"]}
    assert outcome.code == 1
    assert states["emoji-text"]["status"] == "failed"
    assert states["chunked"]["status"] == "not-run"
    assert states["chunked"]["reason"] == "the webhook stopped answering during emoji-text"
