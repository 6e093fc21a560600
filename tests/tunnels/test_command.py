"""Tunnels of other programs: a real ``ssh -R`` through a real server, and scripts that do what programs do."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from aiflow_cli.errors import TunnelError
from aiflow_cli.tunnels.command import PRESETS, Command, Recipe, recipe_from
from tests.support.bot import Bot
from tests.support.cli import Cli

from .live import FORMER, flow, is_gone, send, tunnel, wait_for
from .sshd import Sshd, running_sshd


def ssh_options(sshd: Sshd) -> tuple[str, ...]:
    command = f"{sshd.client} -R 0:127.0.0.1:{{port}} {sshd.destination}"
    pattern = "Allocated port ([0-9]+)"
    return ("--command", command, "--url-pattern", pattern, "--public-url", "http://127.0.0.1:{1}")


@pytest.mark.runtime("ssh")
def test_a_tunnel_of_ones_own_through_ssh(cli: Cli, bot: Bot, tmp_path: Path) -> None:
    with running_sshd(tmp_path) as sshd, tunnel(cli, bot.url, *ssh_options(sshd)) as running:
        first = running.ready()
        assert send(first).json()["text"] == "You said: hello"
        sshd.cut_connections()
        wait_for(lambda: "the tunnel moved" in running.talk, "moving")
        second = flow(cli).webhook_url
        assert second != first
        assert send(second).status_code == 200
        assert running.end() == 143
    assert flow(cli).webhook_url == FORMER


@pytest.mark.runtime("ssh")
def test_a_server_that_does_not_know_the_key_is_explained(cli: Cli, bot: Bot, tmp_path: Path) -> None:
    with running_sshd(tmp_path) as sshd:
        (tmp_path / "authorized").write_text("")
        result = cli.process("tunnel", bot.url, *ssh_options(sshd))
    assert (result.code, result.out) == (6, "")
    assert "Permission denied" in result.err
    assert "the server does not know your key" in result.err


def script(text: str) -> Recipe:
    return Recipe((sys.executable, "-u", "-c", text))


def command(recipe: Recipe, *, seconds: float = 20) -> Command:
    return Command("test", recipe, notify=lambda _: None, open_seconds=seconds)


def test_the_first_url_that_is_printed_is_taken_and_a_later_one_replaces_it() -> None:
    way = command(
        script(
            "import sys; print('see https://a.example/x!'); input() if 0 else None; import time\n"
            "print('now https://b.example'); time.sleep(600)"
        )
    )
    try:
        assert way.open(1) in ("https://a.example", "https://b.example")
        wait_for(lambda: way.look() == "https://b.example")
    finally:
        way.close()
    assert way.look() is None
    assert not way.lives()


def test_port_and_url_are_put_into_the_command() -> None:
    way = command(
        Recipe(
            (
                sys.executable,
                "-c",
                "import sys, time; print('https://x-' + sys.argv[1], sys.argv[2], flush=True); time.sleep(600)",
                "{port}",
                "{url}",
            )
        )
    )
    try:
        assert way.open(4711) == "https://x-4711"
    finally:
        way.close()


def test_what_it_starts_ends_with_it() -> None:
    text = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(f'https://{child.pid}.example', flush=True)\ntime.sleep(600)"
    )
    way = command(script(text))
    child = int(way.open(1).removeprefix("https://").split(".")[0])
    assert not is_gone(child)
    way.close()
    wait_for(lambda: is_gone(child))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit('no such account')", "test ended with 1: no such account"),
        ("import time; print('working'); time.sleep(600)", "printed no public URL within 0.5 s: working"),
    ],
)
def test_a_program_that_opens_nothing_is_quoted(text: str, said: str) -> None:
    way = command(script(text), seconds=0.5 if "working" in text else 20)
    try:
        with pytest.raises(TunnelError, match=re.escape(said)):
            way.open(1)
    finally:
        way.close()


def test_a_program_that_is_missing_is_named() -> None:
    with pytest.raises(TunnelError, match="there is no program nowhere-to-be-found"):
        command(Recipe(("nowhere-to-be-found",))).open(1)


def test_without_a_pattern_the_public_url_is_known_from_the_start() -> None:
    recipe = recipe_from(
        f"{sys.executable} -c 'import time; time.sleep(600)'", pattern=None, public_url="https://me.example"
    )
    way = command(recipe)
    try:
        assert way.open(1) == way.look() == "https://me.example"
    finally:
        way.close()


@pytest.mark.parametrize(
    ("preset", "line", "url"),
    [
        ("cloudflared", "INF |  https://fox-42-lamp.trycloudflare.com    |", "https://fox-42-lamp.trycloudflare.com"),
        ("cloudflared", "INF Requesting new quick Tunnel on trycloudflare.com...", None),
        ("cloudflared", "INF see https://api.trycloudflare.com/tunnel", None),
        (
            "ssh",
            "ab12cd34.lhr.life tunneled with tls termination, https://ab12cd34.lhr.life",
            "https://ab12cd34.lhr.life",
        ),
        ("ssh", "see https://localhost.run/docs/forever-free/ for your subdomain", None),
    ],
)
def test_presets_find_the_url_and_nothing_else(preset: str, line: str, url: str | None) -> None:
    assert command(PRESETS[preset])._origin_in(line) == url
