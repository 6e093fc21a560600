"""``aiflow tunnel`` as real processes: three terminals, signals, kills, take-overs."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from tests.support.bot import Bot, Response, running_bot
from tests.support.cli import Cli

from .live import EVENT, FORMER, board, change_flow, dashboard_server, flow, killed_at_end, send, tunnel, wait_for

LOOPBACK = ("--provider", "loopback")


def test_a_bot_a_tunnel_and_a_log(cli: Cli, bot: Bot) -> None:
    with (
        tunnel(cli, bot.url, *LOOPBACK) as running,
        killed_at_end(cli.start("logs", "-f", "--format", "jsonl")) as logs,
    ):
        url = running.ready()
        assert flow(cli).webhook_url == url
        wait_for(lambda: _follows(logs.pid), "the tail")
        answer = send(url)
        assert answer.json()["text"] == "You said: hello"
        assert bot.events == [EVENT]
        assert logs.stdout is not None
        shown = json.loads(logs.stdout.readline())
        assert (shown["source"], shown["event"], shown["outcome"]) == ("tunnel", EVENT, "ok")
        wait_for(lambda: len(running.out) == 2, "the live line")
        assert 'user_speak "hello" -> speak "You said: hello"' in running.out[1]
        assert running.end() == 143
        assert flow(cli).webhook_url == FORMER
        assert f"the flow local has its former URL again: {FORMER}" in running.talk


def _follows(pid: int) -> bool:
    """``logs -f`` has its second connection to the store: the tail's."""
    links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    return sum(link.endswith("aiflow.db") for link in links) > 1


@pytest.mark.parametrize("path", ["/", "/console", "/webhook/..%2fconsole", "/webhook/../console", "//webhook"])
def test_nothing_else_of_the_app_is_public(cli: Cli, bot: Bot, path: str) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        host, port = running.ready().split("/")[2].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 404 ")
        assert bot.requests == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=str
)
def test_every_ending_signal_puts_the_url_back(cli: Cli, bot: Bot, number: signal.Signals, code: int) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        running.ready()
        assert running.end(number) == code
        assert flow(cli).webhook_url == FORMER


def test_a_second_signal_does_not_disturb_the_ending(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        running.ready()
        for _ in range(5):
            running.process.send_signal(signal.SIGTERM)
            running.process.send_signal(signal.SIGINT)
        assert running.wait() in (130, 143)
        assert flow(cli).webhook_url == FORMER


def test_the_ready_line_as_json_names_the_registered_url(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK, "--json") as running:
        url = running.ready()
        assert json.loads(running.out[0]) == {"type": "ready", "url": url, "target": bot.url}
        send(url)
        wait_for(lambda: len(running.out) == 2)
        shown = json.loads(running.out[1])
        assert (shown["type"], shown["event"]) == ("exchange", EVENT)


def test_a_port_means_the_projects_path_on_that_port(cli: Cli, bot: Bot) -> None:
    port = bot.url.split(":")[2].split("/")[0]
    cli.project('[webhook]\nurl = "http://localhost:1/webhook"\n')
    with tunnel(cli, port, *LOOPBACK) as running:
        assert running.ready().endswith("/webhook")
        assert send(running.ready()).status_code == 200


def test_a_bot_that_is_down_is_said_and_waited_for(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with tunnel(cli, str(port), *LOOPBACK) as running:
        url = running.ready()
        assert f"nothing listens at http://127.0.0.1:{port}/webhook yet" in running.talk
        assert send(url).status_code == 502


def test_a_secret_guards_the_bot(cli: Cli, bot: Bot) -> None:
    cli.environ["AIFLOW_SECRET"] = "correct-horse-battery"
    change_flow(cli, {"api_token": "correct-horse-battery"})
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        url = running.ready()
        assert send(url).status_code == 401
        assert send(url, **{"X-API-TOKEN": "correct-horse-battery"}).status_code == 200
        assert len(bot.requests) == 1
        assert "warning" not in running.talk
        assert "correct-horse" not in "".join(running.out) + running.talk


def test_a_secret_that_only_one_side_has_is_warned_about(cli: Cli, bot: Bot) -> None:
    flow = cli("flows", "create", "--name", "x", "--url", bot.url, "--json").json["id"]
    with tunnel(cli, bot.url, *LOOPBACK, "--flow", flow, env={"AIFLOW_SECRET": "only-here"}) as running:
        running.ready()
        assert "every event will be refused with 401" in running.talk
    change_flow(cli, {"api_token": "only-there"})
    with tunnel(cli, bot.url, *LOOPBACK, "--take-over") as running:
        running.ready()
        assert "lets everybody in" in running.talk


def test_the_local_flow_has_the_projects_secret(cli: Cli, bot: Bot) -> None:
    cli.project(f'[webhook]\nurl = "{bot.url}"\n', dotenv="AIFLOW_SECRET=correct-horse-battery\n")
    with tunnel(cli, *LOOPBACK) as running:
        running.ready()
        assert "warning" not in running.talk
        assert cli("flows", "call", "local", "--to", "+4915112345678").code == 0
    assert bot.requests
    rows = [json.loads(line) for line in cli("logs", "-n", "100", "--json").out.splitlines()]
    logged = [(row["source"], row["event"]["type"]) for row in rows]
    assert logged == [("tunnel", request.event["type"]) for request in bot.requests], "each once, by the tunnel"
    assert {request.headers["x-api-token"] for request in bot.requests} == {"correct-horse-battery"}
    assert f"its former URL again: {bot.url}" in running.talk


def test_a_second_tunnel_is_refused_and_may_take_over(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as first:
        url = first.ready()
        refused = cli.process("tunnel", bot.url, *LOOPBACK)
        assert (refused.code, refused.out) == (6, "")
        assert "another tunnel holds the flow local" in refused.err
        with tunnel(cli, bot.url, *LOOPBACK, "--take-over") as second:
            assert second.ready() != url
            assert first.wait() == 6
            assert "another tunnel has taken the flow local over" in first.talk
            assert flow(cli).webhook_url == second.ready()
            assert second.end() == 143
        assert flow(cli).webhook_url == FORMER


def test_after_a_kill_the_next_tunnel_puts_the_url_back(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as killed:
        dead = killed.ready()
        killed.end(signal.SIGKILL)
    assert flow(cli).webhook_url == dead
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        assert running.ready() != dead
        running.end()
    assert flow(cli).webhook_url == FORMER


def test_after_a_kill_restore_puts_the_url_back(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as killed:
        killed.ready()
        held = cli.process("tunnel", "--restore")
        assert (held.code, "another tunnel holds" in held.err) == (6, True)
        killed.end(signal.SIGKILL)
    restored = cli.process("tunnel", "--restore")
    assert (restored.code, restored.out) == (0, f"local {FORMER}\n")
    assert flow(cli).webhook_url == FORMER
    again = cli.process("tunnel", "--restore")
    assert (again.code, again.out, "nothing to put back" in again.err) == (0, "", True)


def test_a_url_that_somebody_set_meanwhile_is_left_alone(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        running.ready()
        change_flow(cli, {"webhook_url": "https://production.example/webhook"})
        running.end()
        assert "it keeps that" in running.talk
    assert flow(cli).webhook_url == "https://production.example/webhook"


def test_without_registration_it_is_said_what_to_paste(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK, "--no-register", env={"AIFLOW_SECRET": "never-printed"}) as running:
        url = running.ready()
        wait_for(lambda: "Ctrl-C ends it" in running.talk)
        assert f"Webhook URL: {url}" in running.talk
        assert "Outgoing API token: the value of AIFLOW_SECRET" in running.talk
        assert "never-printed" not in running.talk
        assert running.end() == 143
    assert flow(cli).webhook_url == FORMER


def test_another_flow_of_a_dashboard_server(cli: Cli, bot: Bot) -> None:
    with board(cli) as dashboard:
        fields = {"name": "pizza", "webhook_url": "https://pizza.example/webhook", "phone_number": "+4922147100200"}
        pizza = dashboard.create_flow(fields)  # type: ignore[arg-type]
    with dashboard_server(cli) as (_, url):
        with tunnel(cli, bot.url, *LOOPBACK, *_at(url, pizza.id)) as running:
            public = running.ready()
            assert flow(cli, pizza.id).webhook_url == public
            # The same flow, reached without the server, is the same lease.
            assert cli.process("tunnel", bot.url, *LOOPBACK, "--flow", pizza.id).code == 6
            assert running.end() == 143
        assert flow(cli, pizza.id).webhook_url == "https://pizza.example/webhook"


def _at(url: str, flow: str = "local") -> tuple[str, ...]:
    return ("--dashboard", url, "--flow", flow)


def test_when_the_dashboard_is_gone_at_the_end_restore_helps(cli: Cli, bot: Bot) -> None:
    with dashboard_server(cli) as (server, url), tunnel(cli, bot.url, *LOOPBACK, *_at(url)) as running:
        running.ready()
        server.terminate()
        server.wait(30)
        running.end()
        assert "put the former one back with: aiflow tunnel --restore" in running.talk
    assert cli.process("tunnel", "--restore").code == 0
    assert flow(cli).webhook_url == FORMER


def test_a_flow_that_is_not_there_is_said_before_anything_opens(cli: Cli, bot: Bot) -> None:
    result = cli.process("tunnel", bot.url, *LOOPBACK, "--flow", "locale")
    assert (result.code, result.out) == (3, "")
    assert "there is no flow locale" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--provider", "ngrokk"), "did you mean ngrok?"),
        (("--provider", "loopback", "--domain", "x.example"), "--domain means nothing to the provider loopback"),
        (("--public-url", "https://x.example"), "--public-url needs --port"),
        (("--command", "'"), "cannot be split into words"),
        (("--command", "x", "--url-pattern", "("), "is no regular expression"),
        (("99999",), "99999 is no port"),
        (("localhost",), "localhost is not a webhook URL"),
    ],
)
def test_what_makes_no_sense_is_said(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    result = cli.process("tunnel", *arguments)
    assert result.code == 2
    assert said in result.err


def test_a_closed_output_ends_it_quietly(cli: Cli, bot: Bot, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with killed_at_end(cli.start("tunnel", bot.url, *LOOPBACK, stdout=writing)) as running:
        os.close(writing)
        with os.fdopen(reading) as reader:
            url = reader.readline().split()[1]
        send(url)
        assert running.wait(30) == 0
    assert flow(cli).webhook_url == FORMER


def test_a_second_ctrl_c_forces_and_says_so(cli: Cli, bot: Bot) -> None:
    held = threading.Event()
    bot.answer = lambda _: Response(204, hold=held)
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        url = running.ready()
        caller = threading.Thread(target=_cut_off, args=(url,))
        caller.start()
        wait_for(lambda: bot.requests, "the event")
        running.process.send_signal(signal.SIGINT)
        wait_for(lambda: "has its former URL again" in running.talk, "the ending")
        while running.process.poll() is None:
            # One at once after the first is the same Ctrl-C, passed on by a wrapper.
            running.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert running.wait() == 130
        assert "forced: what was under way is cut off" in running.talk
        held.set()
        caller.join()
    assert flow(cli).webhook_url == FORMER


def _cut_off(url: str) -> None:
    with pytest.raises(httpx.HTTPError):
        send(url)


def test_what_is_under_way_at_the_end_is_finished(cli: Cli, bot: Bot) -> None:
    held = threading.Event()
    bot.answer = lambda request: Response(200, b"[]", hold=held)
    answers: list[int] = []
    with tunnel(cli, bot.url, *LOOPBACK) as running:
        url = running.ready()
        caller = threading.Thread(target=lambda: answers.append(send(url).status_code))
        caller.start()
        wait_for(lambda: bot.requests, "the event")
        running.process.terminate()
        wait_for(lambda: "has its former URL again" in running.talk, "the ending")
        held.set()
        caller.join()
        assert running.wait() == 143
    assert answers == [200]


def test_a_url_that_leads_here_already(cli: Cli, bot: Bot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tunnel(cli, bot.url, "--public-url", f"http://127.0.0.1:{port}/ignored", "--port", str(port)) as running:
        assert running.ready() == f"http://127.0.0.1:{port}/webhook"
        assert send(running.ready()).status_code == 200


def test_a_url_that_leads_elsewhere_is_never_registered(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda _: Response(200, b"hello")
    elsewhere = bot.url.removesuffix("/webhook")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--public-url", elsewhere, "--port", str(port), "--start-timeout", "1")
    result = cli.process("tunnel", bot.url, *options)
    assert (result.code, result.out) == (6, "")
    assert "does not lead to the recorder: something else answers there" in result.err
    assert flow(cli).webhook_url == FORMER


def test_a_service_that_lets_no_program_register_is_pasted_into(cli: Cli, bot: Bot) -> None:
    with running_bot(lambda _: Response(404, b"{}")) as service:
        base = service.url.removesuffix("/webhook")
        with tunnel(cli, bot.url, *LOOPBACK, *_at(base, "f1")) as running:
            url = running.ready()
            wait_for(lambda: "Ctrl-C ends it" in running.talk)
            assert "does not publish GET /v3/ai-flows/f1" in running.talk
            assert f"Webhook URL: {url}" in running.talk
            assert send(url).status_code == 200
            assert running.end() == 143


def test_a_websocket_bot_is_registered_as_such(cli: Cli) -> None:
    def echo(connection: ServerConnection) -> None:
        for frame in connection:
            connection.send(frame)

    with serve(echo, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        target = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/socket"
        with tunnel(cli, target, *LOOPBACK) as running:
            url = running.ready()
            assert url.startswith("ws://127.0.0.1:") and url.endswith("/socket")
            assert flow(cli).webhook_url == url
            with connect(url, proxy=None) as line:
                line.send(json.dumps(EVENT))
                assert line.recv(10) == json.dumps(EVENT)
            wait_for(lambda: len(running.out) == 2, "the live line")
            running.end()
        server.shutdown()
        thread.join()
    assert flow(cli).webhook_url == FORMER
