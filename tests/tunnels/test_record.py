"""``aiflow tunnel --record``: what comes through the tunnel can be sent again."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from aiflow_cli.commands.recorded import recording_beside
from aiflow_cli.console import Console
from aiflow_cli.context import World
from aiflow_cli.errors import ExitCode
from aiflow_cli.recording.files import Header, read_recording
from tests.recording.exchanges import answered, event
from tests.support.bot import Bot
from tests.support.cli import Cli, Terminal

from .live import EVENT, send, tunnel, wait_for

LOOPBACK = ("--provider", "loopback")


def test_what_comes_through_is_recorded_and_can_be_sent_again(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK, "--record", "calls.jsonl") as running:
        url = running.ready()
        for text in ("one", "two"):
            send(url, {**EVENT, "text": text})
        # In the file while the tunnel is open: a killed tunnel has it, too.
        wait_for(lambda: len(read_recording(cli.cwd / "calls.jsonl").entries) == 2, "the recording")
        running.end()

    recording = read_recording(cli.cwd / "calls.jsonl")
    assert recording.header.url == bot.url
    assert [entry.exchange.event for entry in recording.entries] == bot.events
    first, second = recording.entries
    assert first.call_time_ms == 0 <= second.call_time_ms
    assert cli("diff", "calls.jsonl", "--replay").json["same"] is True


def test_it_can_be_masked(cli: Cli, bot: Bot) -> None:
    with tunnel(cli, bot.url, *LOOPBACK, "--record", "calls.jsonl", "--redact") as running:
        send(running.ready(), {**EVENT, "text": "my secret"})
        wait_for(lambda: read_recording(cli.cwd / "calls.jsonl").entries, "the recording")
        running.end()

    assert "my secret" not in (cli.cwd / "calls.jsonl").read_text()


def test_a_file_that_cannot_grow_ends_the_recording_and_nothing_else(cli: Cli) -> None:
    talk = Terminal()
    world = World(console=Console(None, None, talk, {}), clock=cli.clock, environ=cli.environ, cwd=cli.cwd)
    path, exchanges = cli.cwd / "calls.jsonl", [answered(event("session_start"))]
    with recording_beside(world, path.name, lambda: Header(url="http://127.0.0.1/"), redact=False) as keep:
        keep(exchanges)
        with _largest_file(path.stat().st_size + 10):
            keep(exchanges)
            keep(exchanges)
        keep(exchanges)

    assert talk.getvalue().count("the recording ends here") == 1
    assert len(read_recording(path).entries) == 1


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_redact_without_a_file_is_a_usage_error(cli: Cli, bot: Bot) -> None:
    assert cli("tunnel", bot.url, *LOOPBACK, "--redact").code == ExitCode.USAGE
