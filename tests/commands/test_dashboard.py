"""``aiflow dashboard`` as real processes: says when it listens, ends when it is told to, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.support.cli import Cli
from tests.support.exchanges import an_exchange, numbers

LONG = 30.0
"""Seconds; only something broken takes so long."""


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """The process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] if Path("/proc").is_dir() else ""
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@contextmanager
def dashboard(cli: Cli, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A dashboard that is ready, and its URL."""
    with cli.start("dashboard", "--port", "0", *options) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("ready: http://127.0.0.1:"), process.communicate()
        try:
            yield process, ready.removeprefix("ready: ").strip()
        finally:
            process.kill()


class TestForeground:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)])
    def test_it_ends_at_once_although_somebody_listens(self, cli: Cli, number: int, code: int) -> None:
        with dashboard(cli) as (process, url), httpx.stream("GET", f"{url}/v3/events/stream", timeout=LONG) as stream:
            pieces = stream.iter_text()
            assert next(pieces) == "id: 0\n\n"
            process.send_signal(number)
            assert list(pieces) == []
            assert process.wait(LONG) == code
            assert not listens(url)
            assert process.stderr is not None
            assert process.stderr.read().splitlines() == [f"exchange log: {cli.store}; Ctrl-C ends it"]

    def test_the_ready_line_as_json(self, cli: Cli) -> None:
        import json

        with cli.start("dashboard", "--port", "0", "--json") as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert httpx.get(f"{ready['url']}/healthz").json()["status"] == "ok"
            assert ready == {"ready": True, "url": ready["url"], "store": str(cli.store)}
            process.terminate()

    def test_a_port_that_is_taken(self, cli: Cli) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = cli("dashboard", "--port", str(taken.getsockname()[1]))
        assert result.code == 5
        assert "Address already in use" in result.err
        assert "--port" in result.err
        assert result.out == ""

    def test_old_exchanges_go(self, cli: Cli) -> None:
        with Store(cli.store) as store:
            store.append_all(an_exchange(number) for number in range(1, 11))
            with dashboard(cli, "--keep-exchanges", "3"):
                until(lambda: store.pruned_through() == 7)
            assert numbers(store.first(Query(), 100)) == [8, 9, 10]
            with dashboard(cli, "--keep-days", "1"):
                until(lambda: store.pruned_through() == 10)

    def test_a_token_can_be_required(self, cli: Cli) -> None:
        cli.environ["AIFLOW_TOKEN"] = "right"
        with dashboard(cli, "--require-token") as (_, url):
            assert httpx.get(f"{url}/v3/ai-flows").status_code == 401
            assert cli("flows", "list", "--dashboard", url).code == 0
            cli.environ["AIFLOW_TOKEN"] = "wrong"
            refused = cli("flows", "list", "--dashboard", url)
        assert refused.code == 4
        assert "the token (Bearer) of AIFLOW_TOKEN, from environment" in refused.err

    def test_a_token_that_is_not_there_cannot_be_required(self, cli: Cli) -> None:
        result = cli("dashboard", "--require-token")
        assert result.code == 3
        assert "AIFLOW_TOKEN" in result.err


PYTHON = sys.executable

SHOW = "import os; print(os.environ['AIFLOW_DASHBOARD_URL'], os.environ['AIFLOW_STORE'])"
TELL_AND_WAIT = (
    "import os, sys, time\n"
    "print(os.environ['AIFLOW_DASHBOARD_URL'], os.environ['AIFLOW_STORE'], os.getpid(), flush=True)\n"
    "while True: time.sleep(1000)\n"
)


class TestExec:
    @pytest.mark.parametrize("code", [0, 1, 7, 255])
    def test_the_exit_code_is_passed_on(self, cli: Cli, code: int) -> None:
        assert cli.process("dashboard", "exec", "--", "sh", "-c", f"exit {code}").code == code

    def test_a_command_that_is_killed(self, cli: Cli) -> None:
        assert cli.process("dashboard", "exec", "--", "sh", "-c", "kill -9 $$").code == 137

    def test_options_of_the_command_are_its_own(self, cli: Cli) -> None:
        result = cli.process("dashboard", "exec", "--", "printf", "%s|", "--port", "-h", "--", "--help")
        assert (result.code, result.out) == (0, "--port|-h|--|--help|")

    def test_it_is_fresh_and_gone_afterwards(self, cli: Cli) -> None:
        result = cli.process("dashboard", "exec", "--", PYTHON, "-c", SHOW, env={"AIFLOW_STORE": "/nowhere"})
        url, store = result.out.split()
        assert not Path(store).parent.exists()
        assert not listens(url)
        assert not cli.store.exists()

    def test_both_variables_lead_to_the_same_log(self, cli: Cli) -> None:
        script = (
            f"{PYTHON} -m aiflow_cli send-event user_speak --url http://127.0.0.1:1 >/dev/null 2>&1;"
            f"{PYTHON} -m aiflow_cli logs --format jsonl --dashboard local;"
            f"{PYTHON} -m aiflow_cli logs --format jsonl"
        )
        result = cli.process("dashboard", "exec", "--", "sh", "-c", script)
        first, second = result.lines
        assert first == second
        assert "dashboard: local" in result.err
        assert "dashboard: http://127.0.0.1:" in result.err

    def test_a_command_that_does_not_exist(self, cli: Cli) -> None:
        result = cli.process("dashboard", "exec", "--", "no-such-command")
        assert result.code == 2
        assert "no-such-command cannot be started: No such file or directory" in result.err

    def test_no_command(self, cli: Cli) -> None:
        assert cli.process("dashboard", "exec").code == 2

    def test_what_it_leaves_running_is_ended(self, cli: Cli) -> None:
        # The sleeper holds stdout: without its end this test would wait for it.
        result = cli.process("dashboard", "exec", "--", "sh", "-c", "sleep 1000 & echo $!")
        until(lambda: not is_alive(int(result.out)))

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
    def test_a_signal_reaches_the_command(self, cli: Cli, number: int, code: int) -> None:
        with self.running(cli) as (process, url, store, pid):
            process.send_signal(number)
            assert process.wait(LONG) == code
            assert not is_alive(pid)
            assert not listens(url)
            assert not store.parent.exists()

    def test_the_second_signal_does_not_ask(self, cli: Cli) -> None:
        stubborn = "import os, signal; signal.signal(15, lambda *_: os.write(1, b'no\\n'))\n" + TELL_AND_WAIT
        with cli.start("dashboard", "exec", "--", PYTHON, "-c", stubborn) as process:
            assert process.stdout is not None
            pid = int(process.stdout.readline().split()[2])
            process.terminate()
            assert process.stdout.readline() == "no\n"
            process.terminate()
            assert process.wait(LONG) == 137
        until(lambda: not is_alive(pid))

    def test_when_it_is_killed_nothing_stays(self, cli: Cli) -> None:
        family = "import subprocess, sys; subprocess.Popen(['sleep', '1000'])\n" + TELL_AND_WAIT
        with cli.start("dashboard", "exec", "--", PYTHON, "-c", family) as process:
            assert process.stdout is not None
            url, store, pid = process.stdout.readline().split()
            process.kill()
            # Everybody who holds our stdout is gone when it ends: the command, and what it started.
            assert process.stdout.read() == ""
        until(lambda: not is_alive(int(pid)))
        assert not listens(url)
        until(lambda: not Path(store).parent.exists())

    @contextmanager
    def running(self, cli: Cli) -> Iterator[tuple[subprocess.Popen[str], str, Path, int]]:
        """``exec`` around a command that waits: process, URL, store, the command's pid."""
        restore = "import signal; signal.signal(2, signal.SIG_DFL)\n"
        with cli.start("dashboard", "exec", "--", PYTHON, "-c", restore + TELL_AND_WAIT) as process:
            assert process.stdout is not None
            url, store, pid = process.stdout.readline().split()
            try:
                yield process, url, Path(store), int(pid)
            finally:
                process.kill()


def test_ten_tails_of_the_command_line_at_once(cli: Cli) -> None:
    with dashboard(cli) as (_, url), Store(cli.store) as store:
        tails = [cli.start("logs", "-f", "-n", "0", "--format", "jsonl", "--dashboard", url) for _ in range(10)]
        seen: dict[int, list[int]] = {}

        def read(number: int) -> None:
            output = tails[number].stdout
            assert output is not None
            seen[number] = [id_of(output.readline()) for _ in range(200)]

        for tail in tails:
            assert tail.stderr is not None
            assert tail.stderr.readline() == f"dashboard: {url}\n"
        # A marker that comes again and again until each tail shows one: then all of them are connected.
        readers = [threading.Thread(target=read, args=(number,)) for number in range(10)]
        for reader in readers:
            reader.start()
        while any(reader.is_alive() for reader in readers):
            store.append_all(an_exchange(number) for number in range(20))
            readers[0].join(0.02)
        for tail in tails:
            tail.kill()
            tail.communicate()
    for ids in seen.values():
        assert ids == list(range(ids[0], ids[0] + 200))


def id_of(line: str) -> int:
    import json

    return int(json.loads(line)["id"])
