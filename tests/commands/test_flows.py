"""``aiflow flows``: every verb, against the local dashboard, a server, and a service that publishes none of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiflow_cli.store.flows import Flows
from aiflow_cli.store.store import Store
from tests.dashboard.conftest import serve
from tests.dashboard.services import Said, Service, running_service
from tests.support.bot import Bot
from tests.support.cli import Cli

URL = "https://bot.example/webhook"


@pytest.fixture(params=["local", "server"])
def where(request: pytest.FixtureRequest, cli: Cli) -> Iterator[str]:
    """What --dashboard is given."""
    if request.param == "local":
        yield "local"
        return
    with Store(cli.store) as store, serve(store) as served:
        yield served.url


def create(cli: Cli, where: str, *options: str) -> str:
    result = cli("flows", "create", "--name", "Pizza", "--url", URL, "--json", "--dashboard", where, *options)
    assert result.code == 0, result.err
    return str(result.json["id"])


def test_create_list_show_change_delete(cli: Cli, where: str) -> None:
    id = create(cli, where, "--phone-number", "+4922147100101")
    listed = cli("flows", "list", "--dashboard", where)
    assert listed.out.splitlines()[2].split() == [id, "Pizza", URL, "+4922147100101"]
    shown = cli("flows", "show", id, "--dashboard", where)
    assert "Pizza" in shown.out
    changed = cli("flows", "set-url", id, "wss://bot.example/ws", "--json", "--dashboard", where)
    assert changed.json["webhookUrl"] == "wss://bot.example/ws"
    changed = cli("flows", "set-number", id, "+4922147100102", "--json", "--dashboard", where)
    assert changed.json["phoneNumber"] == "+4922147100102"
    assert cli("flows", "delete", id, "--yes", "--json", "--dashboard", where).json == {"deleted": id}
    gone = cli("flows", "show", id, "--dashboard", where)
    assert (gone.code, gone.out) == (3, "")
    assert f"there is no flow {id}" in gone.err


def test_a_flow_gets_the_secret_of_its_bot_and_loses_it_again(cli: Cli, where: str) -> None:
    id = create(cli, where)
    cli.environ["AIFLOW_SECRET"] = "hunter2hunter2"
    given = cli("flows", "set-secret", id, "--json", "--dashboard", where)
    assert (given.code, given.json["hasApiToken"]) == (0, True)
    assert "hunter2" not in given.out + given.err
    taken = cli("flows", "set-secret", id, "--clear", "--json", "--dashboard", where)
    assert (taken.code, taken.json["hasApiToken"]) == (0, False)


def test_no_secret_to_set_is_a_usage_error(cli: Cli, where: str) -> None:
    result = cli("flows", "set-secret", "local", "--dashboard", where)
    assert (result.code, result.out) == (2, "")
    assert "set AIFLOW_SECRET" in result.err


def test_it_says_which_dashboard_it_asks(cli: Cli, where: str) -> None:
    result = cli("flows", "list", "--dashboard", where)
    assert result.err.startswith(f"dashboard: {where}")


def test_impossible_values_are_usage_errors(cli: Cli, where: str) -> None:
    result = cli("flows", "create", "--name", "x", "--url", "bot.example", "--dashboard", where)
    assert result.code == 2
    assert "webhookUrl must be a URL" in result.err


def test_the_secret_goes_along_and_is_never_shown(cli: Cli, where: str) -> None:
    cli.environ["AIFLOW_SECRET"] = "s3cr3t-token"
    id = create(cli, where)
    shown = cli("flows", "show", id, "--dashboard", where)
    assert "secret   set" in shown.out
    assert "s3cr3t-token" not in shown.out + shown.err + cli("flows", "list", "--json", "--dashboard", where).out
    with Store(cli.store) as store:
        row = Flows(store).get(id)
    assert row is not None
    assert row.api_token == "s3cr3t-token"


def test_the_local_flow_has_the_projects_secret_until_it_is_taken_away(cli: Cli) -> None:
    cli.project(dotenv="AIFLOW_SECRET=s3cr3t-token\n")
    assert cli("flows", "show", "local", "--json").json["hasApiToken"] is True
    assert cli("flows", "set-secret", "local", "--clear", "--json").json["hasApiToken"] is False
    assert cli("flows", "show", "local", "--json").json["hasApiToken"] is False
    assert cli("flows", "set-secret", "local", "--json").json["hasApiToken"] is True


def test_a_call(cli: Cli, where: str, bot: Bot) -> None:
    cli("flows", "set-url", "local", bot.url, "--dashboard", where)
    result = cli("flows", "call", "local", "--to", "+4915112345678", "--json", "--dashboard", where)
    assert result.code == 0, result.err
    assert result.json["flowId"] == "local"
    if where == "local":
        # In process the command waits for the call's end, so that the log it points to is complete.
        log = cli("logs", "--session", result.json["callId"], "--format", "jsonl").lines
        assert [log[0]["event"]["type"], log[-1]["event"]["type"]] == ["session_start", "session_end"]
    assert f"aiflow logs --session {result.json['callId']}" in result.err


def test_a_flow_without_a_number_says_how_to_give_it_one(cli: Cli, where: str) -> None:
    id = create(cli, where)
    result = cli("flows", "call", id, "--to", "+4915112345678", "--dashboard", where)
    assert result.code == 3
    assert f"aiflow flows set-number {id}" in result.err


class TestUse:
    def test_it_is_written_into_the_project(self, cli: Cli) -> None:
        toml = cli.project('# mine\n[webhook]\nurl = "http://127.0.0.1:3000/webhook"  # the bot\n') / "aiflow.toml"
        before = toml.read_text()
        id = create(cli, "local")
        assert cli("flows", "use", id).code == 0
        assert toml.read_text() == f'{before}\n[dashboard]\nflow = "{id}"\n'
        assert cli("flows", "show", "--json").json["id"] == id
        assert f"* {id}" in cli("flows", "list").out
        assert cli("flows", "use", "local").code == 0
        assert toml.read_text() == f'{before}\n[dashboard]\nflow = "local"\n'

    def test_outside_a_project_it_is_the_users(self, cli: Cli) -> None:
        result = cli("flows", "use", "local", "--json")
        assert result.json == {"flow": "local", "file": str(cli.home / ".config/aiflow/config.toml")}
        assert Path(result.json["file"]).read_text() == '[dashboard]\nflow = "local"\n'

    def test_a_flow_that_is_not_there_is_not_used(self, cli: Cli) -> None:
        cli.project()
        assert cli("flows", "use", "nobody").code == 3
        assert (cli.cwd / "aiflow.toml").read_text() == ""

    def test_a_variable_that_wins_is_pointed_out(self, cli: Cli) -> None:
        cli.environ["AIFLOW_FLOW"] = "other"
        assert "but AIFLOW_FLOW=other (environment) still wins" in cli("flows", "use", "local").err

    def test_where_flows_cannot_be_asked_for_the_users_word_counts(self, cli: Cli, service: Service) -> None:
        result = cli("flows", "use", "f-1", "--dashboard", service.url, "--json")
        assert (result.code, result.json["flow"]) == (0, "f-1")
        assert "taking your word" in result.err


class TestDelete:
    def test_a_person_is_asked(self, cli: Cli) -> None:
        id = create(cli, "local")
        assert cli("flows", "delete", id, stdin="no\n", terminal=True).code == 2
        assert cli("flows", "show", id).code == 0
        assert cli("flows", "delete", id, stdin="yes\n", terminal=True).code == 0
        assert cli("flows", "show", id).code == 3

    def test_without_a_person_the_flag_is_named(self, cli: Cli) -> None:
        result = cli("flows", "delete", "local")
        assert result.code == 2
        assert "--yes" in result.err

    def test_the_default_stays(self, cli: Cli) -> None:
        result = cli("flows", "delete", "local", "--yes")
        assert result.code == 3
        assert "cannot be deleted" in result.err


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that publishes what the vendor does: nothing about flows."""
    with running_service() as service:
        yield service


class TestAgainstAServiceThatDoesNotPublishFlows:
    def test_a_url_can_be_pasted_so_the_goal_is_reached(self, cli: Cli, service: Service) -> None:
        result = cli("flows", "set-url", "f-1", URL, "--dashboard", service.url)
        assert (result.code, result.out) == (0, f"Webhook URL: {URL}\n")
        assert "does not publish PATCH /v3/ai-flows/f-1 (it answered 404)" in result.err
        assert "AI Flows page" in result.err

    def test_a_whole_flow_too_and_the_secret_stays_secret(self, cli: Cli, service: Service) -> None:
        cli.environ["AIFLOW_SECRET"] = "s3cr3t-token"
        options = ["--name", "Pizza", "--url", "wss://bot.example/ws", "--dashboard", service.url]
        result = cli("flows", "create", *options, "--json")
        assert result.code == 0
        assert result.json == {
            "published": False,
            "paste": {
                "Name": "Pizza",
                "WebSocket URL": "wss://bot.example/ws",
                "Outgoing API token": "the value of AIFLOW_SECRET",
            },
        }
        assert "s3cr3t-token" not in result.out + result.err

    @pytest.mark.parametrize(
        "arguments",
        [["list"], ["show", "f-1"], ["delete", "f-1", "--yes"], ["set-number", "f-1", "+4922147100101"]],
    )
    def test_the_rest_cannot_be_reached(self, cli: Cli, service: Service, arguments: list[str]) -> None:
        result = cli("flows", *arguments, "--dashboard", service.url)
        assert (result.code, result.out) == (3, "")
        assert "does not publish" in result.err

    def test_a_call_is_published(self, cli: Cli, service: Service) -> None:
        service.answer = lambda asked: Said(201)
        result = cli("flows", "call", "f-1", "--to", "+4915112345678", "--device", "e2", "--dashboard", service.url)
        assert (result.code, result.out) == (0, "the call was accepted\n")
        assert service.asked[0].path == "/v3/ai-flows/f-1/call"

    def test_which_flow_must_be_said_there(self, cli: Cli, service: Service) -> None:
        result = cli("flows", "call", "--to", "+4915112345678", "--dashboard", service.url)
        assert result.code == 3
        assert "aiflow flows use" in result.err
        assert service.asked == []
