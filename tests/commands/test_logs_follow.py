"""``aiflow logs -f`` as a real process: however the server is killed, nothing is lost and nothing shown twice.

The whole measure (100,000 exchanges, ten restarts) is bench/tail; this is the same, scaled down.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from aiflow_cli.store.store import Store
from tests.support.cli import Cli
from tests.support.exchanges import an_exchange

EXCHANGES = 3000
RESTARTS = 3
LONG = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start_dashboard(cli: Cli, port: int) -> subprocess.Popen[str]:
    process = cli.start("dashboard", "--port", str(port))
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready: http://127.0.0.1:{port}\n", process.communicate()
    return process


def end(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate(timeout=LONG)


class Written(threading.Thread):
    """Writes so many exchanges, steadily, from a process of its own."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__()
        self._path, self._count = path, count

    def run(self) -> None:
        with Store(self._path) as store:
            for number in range(self._count):
                store.append(an_exchange(number))
                time.sleep(0.0005)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_each_exactly_once_and_in_order_whatever_happens_to_the_server(cli: Cli, number: int) -> None:
    Store(cli.store).close()
    port = free_port()
    server = start_dashboard(cli, port)
    with cli.start("logs", "-f", "-n", "5", "--format", "jsonl", "--dashboard", f"http://127.0.0.1:{port}") as tail:
        assert tail.stdout is not None
        writer = Written(cli.store, EXCHANGES)
        writer.start()
        seen: list[int] = []
        for restart in range(RESTARTS + 1):
            while len(seen) < EXCHANGES * (restart + 1) // (RESTARTS + 2):
                seen.append(json.loads(tail.stdout.readline())["id"])
            if restart < RESTARTS:
                end(server, number)
                server = start_dashboard(cli, port)
        # The first line may be later than exchange 1: history begins where the tail was started.
        seen += [json.loads(tail.stdout.readline())["id"] for _ in range(EXCHANGES - seen[-1])]
        writer.join()
        end(server)
        tail.kill()
    assert seen == list(range(seen[0], EXCHANGES + 1))


def test_it_says_once_that_the_server_is_down_and_once_that_it_is_back(cli: Cli) -> None:
    with Store(cli.store) as store:
        store.append(an_exchange(1))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        server = start_dashboard(cli, port)
        with cli.start("logs", "-f", "--format", "jsonl", "--dashboard", url) as tail:
            assert tail.stdout is not None
            assert tail.stderr is not None
            assert json.loads(tail.stdout.readline())["id"] == 1
            # A second exchange comes over the stream: now it is connected.
            store.append(an_exchange(2))
            assert json.loads(tail.stdout.readline())["id"] == 2
            end(server)
            assert tail.stderr.readline() == f"dashboard: {url}\n"
            reason = "nothing listens there (connection refused)"
            assert tail.stderr.readline() == f"-- the dashboard {url} did not answer: {reason}; waiting for it --\n"
            store.append(an_exchange(3))
            server = start_dashboard(cli, port)
            assert json.loads(tail.stdout.readline())["id"] == 3
            end(server, signal.SIGTERM)
            tail.send_signal(signal.SIGINT)
            _, talk = tail.communicate(timeout=LONG)
        assert tail.returncode == 130
        assert talk.splitlines()[0] == f"-- the dashboard {url} is back; going on behind exchange 2 --"


def test_history_and_tail_meet_without_a_seam(cli: Cli) -> None:
    with Store(cli.store) as store:
        store.append_all(an_exchange(number) for number in range(1500))
    writer = Written(cli.store, 1500)
    writer.start()
    with cli.start("logs", "-f", "-n", "1200", "--format", "jsonl") as tail:
        assert tail.stdout is not None
        first = json.loads(tail.stdout.readline())["id"]
        rest = [json.loads(tail.stdout.readline())["id"] for _ in range(3000 - first)]
        tail.kill()
    writer.join()
    assert first >= 301
    assert rest == list(range(first + 1, 3001))


def test_a_gap_is_data_where_programs_read_and_talk_where_people_do(cli: Cli) -> None:
    with Store(cli.store) as store:
        store.append(an_exchange(1))
        port = free_port()
        tails = [
            cli.start("logs", "-f", "--format", style, "--dashboard", f"http://127.0.0.1:{port}")
            for style in ("jsonl", "pretty")
        ]
        for tail in tails:
            # The server is not there yet: the history cannot be had, and that is an error.
            assert tail.wait(LONG) == 5
            tail.communicate()
        server = start_dashboard(cli, port)
        tails = [
            cli.start("logs", "-f", "--format", style, "--dashboard", f"http://127.0.0.1:{port}")
            for style in ("jsonl", "pretty")
        ]
        for tail in tails:
            assert tail.stdout is not None
            assert "number 1" in tail.stdout.readline()
        store.append(an_exchange(2))
        for tail in tails:
            assert tail.stdout is not None
            assert "number 2" in tail.stdout.readline()
        end(server)
        store.append_all(an_exchange(number) for number in range(3, 13))
        store.prune(keep=4)
        server = start_dashboard(cli, port)
        as_data, as_talk = tails
        assert as_data.stdout is not None
        assert json.loads(as_data.stdout.readline()) == {"gap": {"from": 3, "to": 8}}
        assert json.loads(as_data.stdout.readline())["id"] == 9
        assert as_talk.stdout is not None
        assert "#9" in as_talk.stdout.readline()
        end(server)
        for tail in tails:
            tail.kill()
        assert "-- exchanges #3 to #8 were deleted before they could be shown --" in as_talk.communicate()[1]
        as_data.communicate()


def test_the_dashboard_of_the_project_is_asked(cli: Cli) -> None:
    port = free_port()
    cli.project(f'[dashboard]\nurl = "http://127.0.0.1:{port}"\n')
    result = cli("logs")
    assert result.code == 5
    assert result.err.startswith(f"dashboard: http://127.0.0.1:{port}\n")
    assert "start it with `aiflow dashboard`" in result.err
    assert cli("logs", "--dashboard", "local").code == 0


def test_a_dashboard_that_makes_no_sense(cli: Cli) -> None:
    for name in ("lokal", "ftp://x", "http://", "http://me:pw@x"):
        result = cli("logs", "--dashboard", name)
        assert (result.code, result.out) == (2, "")
        assert "--dashboard takes local, vendor, or a URL" in result.err
