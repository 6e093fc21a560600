"""ngrok with the real pyngrok and an agent of our own, which behaves like ngrok's and really forwards."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiflow_cli.tunnels.ngrok_errors import explain
from aiflow_cli.tunnels.ngrok_setup import find_agent, read_own_config
from tests.support.bot import Bot
from tests.support.cli import Cli

from .live import FORMER, flow, is_gone, send, tunnel, wait_for

AGENTS = Path(__file__).parents[1] / "agents"


@pytest.fixture
def ngrok(cli: Cli) -> Iterator[Cli]:
    """A home whose PATH has the agent, and a good token. No agent outlives the test."""
    cli.environ["PATH"] = f"{AGENTS}:{cli.environ['PATH']}"
    cli.environ["NGROK_AUTHTOKEN"] = "good"
    cli.environ["STAND_IN_STATE"] = str(cli.home / "agent.json")
    yield cli
    if (cli.home / "agent.json").exists() and not is_gone(agent(cli)["pid"]):
        os.kill(agent(cli)["pid"], signal.SIGKILL)


def agent(cli: Cli) -> dict[str, Any]:
    """What the agent that was started last says of itself."""
    state: dict[str, Any] = json.loads((cli.home / "agent.json").read_text())
    return state


def control(cli: Cli, do: str) -> None:
    with httpx.Client(trust_env=False) as client:
        client.post(f"{agent(cli)['api']}/control", json={"do": do})


def test_events_come_through_the_tunnel(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url) as running:
        url = running.ready()
        assert flow(ngrok).webhook_url == url
        assert send(url).json()["text"] == "You said: hello"
        pid = agent(ngrok)["pid"]
        assert running.end() == 143
        assert is_gone(pid)
    assert flow(ngrok).webhook_url == FORMER


def test_the_token_is_in_the_agents_environment_and_nowhere_else(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url, "--region", "eu") as running:
        running.ready()
        state = agent(ngrok)
        assert state["token"] == "good"
        # As everybody on the machine can read it.
        arguments = Path(f"/proc/{state['pid']}/cmdline").read_bytes().split(b"\0")
        assert b"good" not in arguments
        assert arguments[-3:-1] == [b"--region", b"eu"]
        config = Path(state["argv"][state["argv"].index("--config") + 1])
        assert "good" not in config.read_text()
        assert config.stat().st_mode & 0o077 == 0
        assert config.is_relative_to(ngrok.home)


def test_the_token_may_be_in_the_projects_env_file(ngrok: Cli, bot: Bot) -> None:
    del ngrok.environ["NGROK_AUTHTOKEN"]
    ngrok.project(dotenv="NGROK_AUTHTOKEN=good\n")
    with tunnel(ngrok, bot.url) as running:
        running.ready()
        assert agent(ngrok)["token"] == "good"


def test_the_token_and_the_proxy_may_be_in_ngroks_own_config(ngrok: Cli, bot: Bot) -> None:
    del ngrok.environ["NGROK_AUTHTOKEN"]
    own = ngrok.home / ".config/ngrok/ngrok.yml"
    own.parent.mkdir(parents=True)
    text = "version: 3\nagent:\n  authtoken: good\n  proxy_url: http://proxy.example\n  web_addr: localhost:4999\n"
    own.write_text(text + "endpoints:\n  - name: pyngrok-default\n    upstream: {url: 1}\n")
    with tunnel(ngrok, bot.url) as running:
        running.ready()
        assert agent(ngrok)["token"] == "good"
        assert agent(ngrok)["config"]["agent"]["proxy_url"] == "http://proxy.example"
        assert "web_addr" not in agent(ngrok)["config"]["agent"]
        assert own.read_text().startswith(text)


def test_a_domain_is_asked_for(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url, "--domain", "bot.example") as running:
        running.ready()
        with httpx.Client(trust_env=False) as client:
            (endpoint,) = client.get(f"{agent(ngrok)['api']}/api/endpoints").json()["endpoints"]
        assert endpoint["asked"]["url"] == "https://bot.example"
        assert endpoint["name"].startswith("aiflow-")


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [
        ("", 4, "ngrok wants an account, and no authtoken is set (ERR_NGROK_4018)"),
        ("105", 4, "it is no token of theirs (ERR_NGROK_105)"),
        ("107", 4, "it was revoked, or is somebody else's (ERR_NGROK_107)"),
        ("108", 6, "another ngrok agent of this account is running"),
        ("old", 6, "unknown field"),
        ("nowhere", 6, "ngrok cannot reach its service"),
    ],
)
def test_what_the_agent_says_becomes_a_sentence(ngrok: Cli, bot: Bot, token: str, code: int, said: str) -> None:
    ngrok.environ["NGROK_AUTHTOKEN"] = token
    result = ngrok.process("tunnel", bot.url)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert "hint:" in result.err
    assert is_gone(agent(ngrok)["pid"])
    assert flow(ngrok).webhook_url == FORMER


def test_a_domain_that_is_taken_becomes_a_sentence(ngrok: Cli, bot: Bot) -> None:
    result = ngrok.process("tunnel", bot.url, "--domain", "taken.example")
    assert (result.code, "the domain is taken by another tunnel" in result.err) == (6, True)
    assert is_gone(agent(ngrok)["pid"])


def test_an_agent_that_takes_its_time_is_waited_for(ngrok: Cli, bot: Bot) -> None:
    ngrok.environ["NGROK_AUTHTOKEN"] = "slow"
    with tunnel(ngrok, bot.url) as running:
        running.ready()


def test_an_agent_that_says_nothing_is_given_up(ngrok: Cli, bot: Bot) -> None:
    ngrok.environ["NGROK_AUTHTOKEN"] = "silent"
    result = ngrok.process("tunnel", bot.url, "--start-timeout", "1")
    assert (result.code, "was not up within 1 s" in result.err) == (6, True)
    assert is_gone(agent(ngrok)["pid"])


def test_ctrl_c_while_the_agent_starts_leaves_none_behind(ngrok: Cli, bot: Bot) -> None:
    ngrok.environ["NGROK_AUTHTOKEN"] = "silent"
    with tunnel(ngrok, bot.url) as running:
        wait_for((ngrok.home / "agent.json").exists, "the agent's start")
        assert running.end(signal.SIGINT) == 130
        assert is_gone(agent(ngrok)["pid"])


def test_an_agent_that_does_not_end_is_killed(ngrok: Cli, bot: Bot) -> None:
    ngrok.environ["NGROK_AUTHTOKEN"] = "deaf"
    with tunnel(ngrok, bot.url) as running:
        running.ready()
        pid = agent(ngrok)["pid"]
        running.end()
        assert is_gone(pid)


def test_ctrl_c_reaches_the_agent_only_after_the_url_is_back(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url, start_new_session=True) as running:
        running.ready()
        # As a terminal does: to the whole foreground group.
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.wait() == 130
        assert flow(ngrok).webhook_url == FORMER
        assert is_gone(agent(ngrok)["pid"])


def test_an_agent_that_a_killed_tunnel_left_is_ended_by_the_next(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url) as killed:
        killed.ready()
        orphan = agent(ngrok)["pid"]
        killed.end(signal.SIGKILL)
    assert not is_gone(orphan)
    with tunnel(ngrok, bot.url) as running:
        running.ready()
        assert is_gone(orphan)
        running.end()
    assert flow(ngrok).webhook_url == FORMER


def test_restore_ends_the_agent_too(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url) as killed:
        killed.ready()
        killed.end(signal.SIGKILL)
    assert ngrok.process("tunnel", "--restore").code == 0
    assert is_gone(agent(ngrok)["pid"])
    assert flow(ngrok).webhook_url == FORMER


def test_a_tunnel_that_comes_back_with_another_url_is_registered_again(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url) as running:
        first = running.ready()
        control(ngrok, "drop")
        wait_for(lambda: "the tunnel is down" in running.talk, "noticing")
        control(ngrok, "back")
        wait_for(lambda: "the tunnel moved" in running.talk, "moving")
        second = flow(ngrok).webhook_url
        assert second != first
        assert send(second).status_code == 200
        running.end()
    assert flow(ngrok).webhook_url == FORMER


def test_an_agent_that_dies_is_started_again(ngrok: Cli, bot: Bot) -> None:
    with tunnel(ngrok, bot.url) as running:
        running.ready()
        dead = agent(ngrok)["pid"]
        control(ngrok, "die")
        wait_for(lambda: "the tunnel moved" in running.talk, "starting again")
        assert agent(ngrok)["pid"] != dead
        assert send(flow(ngrok).webhook_url).status_code == 200


def test_an_agent_that_is_missing_is_not_downloaded_unasked(cli: Cli, bot: Bot) -> None:
    cli.environ["PATH"] = "/usr/bin:/bin"
    result = cli.process("tunnel", bot.url)
    assert (result.code, result.out) == (6, "")
    assert "the ngrok agent is not installed" in result.err
    assert "--provider cloudflared" in result.err


def test_pyngroks_own_script_is_not_taken_for_the_agent(tmp_path: Path) -> None:
    script = tmp_path / "ngrok"
    script.write_text("#!/usr/bin/python\nfrom pyngrok.ngrok import main\n")
    script.chmod(0o755)
    missing = tmp_path / "nowhere"
    assert find_agent({"PATH": str(tmp_path)}, default=missing) is None
    assert find_agent({"PATH": f"{tmp_path}:{AGENTS}"}, default=missing) == AGENTS / "ngrok"
    assert find_agent({"PATH": str(tmp_path)}, default=script) == script


def test_an_old_config_of_ngroks_is_read_too(tmp_path: Path) -> None:
    old = tmp_path / ".ngrok2/ngrok.yml"
    old.parent.mkdir()
    old.write_text("authtoken: old\nweb_addr: false\nregion: eu\n")
    assert read_own_config({"HOME": str(tmp_path)}).authtoken == "old"


@pytest.mark.parametrize("code", ["3200", "8012", "121", "320", "999"])
def test_every_code_has_a_next_step(code: str) -> None:
    error = explain(f'failed: "words"\\r\\n\\r\\nERR_NGROK_{code}\\r\\n')
    assert code in error.message
    assert error.hint
