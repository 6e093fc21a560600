"""The one place where an error becomes a message and an exit code, in process and as a real process."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aiflow_cli import cli as module
from aiflow_cli.console import OutputClosed
from aiflow_cli.errors import CheckFailed, CredentialsError, TunnelError
from tests.support.bot import Bot, Response
from tests.support.cli import Cli


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Every command fails with this error."""

    def invoke(*_: object) -> int:
        raise error

    monkeypatch.setattr(module, "_invoke", invoke)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CheckFailed(), 1, ""),
        (CheckFailed("two checks failed"), 1, "error: two checks failed\n"),
        (CredentialsError("no token", hint="set AIFLOW_TOKEN"), 4, "error: no token\nhint: set AIFLOW_TOKEN\n"),
        (TunnelError("closed"), 6, "error: closed\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (EOFError(), 130, "interrupted\n"),
        (OutputClosed(), 0, ""),
    ],
)
def test_an_error_becomes_a_message_and_a_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    failing(monkeypatch, error)
    result = cli("logs")
    assert (result.code, result.out, result.err) == (code, "", told)


def test_our_own_fault_is_told_as_such_and_without_secrets(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.project(dotenv="AIFLOW_SECRET=planted-in-dotenv\n")
    cli.environ["AIFLOW_TOKEN"] = "planted-in-environ"
    failing(
        monkeypatch, ValueError("planted-in-dotenv and planted-in-environ at https://me:planted-in-url@bot.example/")
    )
    result = cli("logs")
    assert result.code == 70
    assert "this is a fault in aiflow" in result.err
    assert "Traceback" in result.err
    assert "planted" not in result.err


def test_a_secret_is_kept_back_where_the_settings_are_broken_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.project("not toml")
    cli.environ["AIFLOW_SECRET"] = "planted-in-environ"
    failing(monkeypatch, ValueError("planted-in-environ"))
    assert "planted" not in cli("logs").err


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (["lgos"], "there is no command lgos", "did you mean `aiflow logs`?"),
        (["qqqq"], "there is no command qqqq", "see `aiflow --help`"),
        (["flows", "lst"], "there is no command flows lst", "did you mean `aiflow flows list`?"),
        (["logs", "--outcom", "ok"], "no such option: --outcom", "did you mean --outcome?"),
        (["logs", "--format", "jsonn"], "'jsonn' is not one of", "did you mean json?"),
        (["logs", "--outcome", "slwo"], "there is no outcome slwo", "did you mean slow?"),
        (["logs", "-n", "many"], "'many' is not a whole number", "see `aiflow logs --help`"),
        (["logs", "-n", "-1"], "-1 is not in the range", "see `aiflow logs --help`"),
        (["logs", "extra"], "unexpected extra argument", "see `aiflow logs --help`"),
        (["config", "get", "webhok.url"], "there is no setting webhok.url", "did you mean webhook.url?"),
        (["config", "get"], "missing argument 'KEY'", "see `aiflow config get --help`"),
        (["completion", "zhs"], "'zhs' is not one of", "did you mean zsh?"),
        (["completion"], "Choose from: bash, zsh, fish, powershell", "see `aiflow completion --help`"),
        (["init", "x", "--template", "flaks"], "flaks", "did you mean --template flask?"),
    ],
)
def test_a_near_miss_is_named(cli: Cli, arguments: list[str], said: str, hint: str) -> None:
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    error, advice = result.err.splitlines()
    assert error.startswith("error: ")
    assert said in error
    assert advice.startswith("hint: ")
    assert hint in advice


def test_a_wrong_key_in_the_file_is_a_matter_of_configuration(cli: Cli) -> None:
    cli.project('[webhook]\nulr = "x"\n')
    result = cli("send-event", "session_start")
    assert (result.code, result.out) == (3, "")
    assert "did you mean webhook.url?" in result.err


def test_no_command_shows_the_help(cli: Cli) -> None:
    assert cli() == cli("--help")
    assert cli("flows") == cli("flows", "--help")


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_the_same_on_the_short_and_the_long_way(cli: Cli, flag: str) -> None:
    assert cli(flag).out == cli.process(flag).out


# -- as a real process -------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["logs", "--help"], ["demo", "--once"]])
def test_a_closed_pipe_is_quiet(cli: Cli, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with cli.start(*arguments, stdout=writer) as process:
        os.close(writer)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "error" not in err
    assert "Traceback" not in err


@pytest.mark.parametrize("descriptors", ["1", "2", "0 1 2"])
def test_closed_standard_streams_are_no_error(cli: Cli, bot: Bot, descriptors: str) -> None:
    closing = " ".join(f"{number}>&-" for number in descriptors.split())
    command = f'exec "$@" {closing}'
    arguments = [sys.executable, "-m", "aiflow_cli", "send-event", "session_start", "--url", bot.url]
    done = subprocess.run(
        ["sh", "-c", command, "sh", *arguments], cwd=cli.cwd, env=cli.environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # The store must not have been opened as one of the standard streams, and written to as such.
    assert len(cli("logs", "--format", "json").json) == 1


def test_a_full_disk_is_an_error_in_a_sentence(cli: Cli) -> None:
    with Path("/dev/full").open("w") as full, cli.start("--help", stdout=full) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the output cannot be written: No space left on device" in err
    assert "Traceback" not in err


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_signals_end_a_command_with_their_code(cli: Cli, bot: Bot, number: signal.Signals, code: int) -> None:
    never = threading.Event()
    bot.answer = lambda _: Response(200, hold=never)
    with cli.start("send-event", "session_start", "--url", bot.url, "--timeout", "0") as process:
        wait_for(lambda: bool(bot.requests))
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    never.set()
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err


_STUCK = """
import sys, time
from aiflow_cli import cli

def invoke(*_):
    try:
        print("working", flush=True)
        time.sleep(60)
    finally:
        print("cleaning up", flush=True)
        time.sleep(60)

cli._invoke = invoke
sys.exit(cli.main([]))
"""


def test_the_first_ctrl_c_cleans_up_and_the_second_forces(cli: Cli) -> None:
    command = [sys.executable, "-c", _STUCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "cleaning up\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        assert process.stderr.read() == ""


def at_a_terminal(cli: Cli, *arguments: str, env: dict[str, str]) -> str:
    """What a command shows at a pseudo-terminal."""
    master, slave = pty.openpty()
    with cli.start(*arguments, env=env, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        shown = b""
        try:
            while chunk := os.read(master, 65536):
                shown += chunk
        except OSError:
            # Linux reports the end of a pseudo-terminal as an error.
            pass
        process.wait(timeout=60)
    os.close(master)
    return shown.decode()


@pytest.mark.parametrize(
    ("env", "colored"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_only_where_it_is_wanted(cli: Cli, env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in at_a_terminal(cli, "demo", "--once", env=env)) is colored


def test_a_pipe_gets_no_colour(cli: Cli) -> None:
    result = cli.process("demo", "--once", env={"TERM": "xterm"})
    assert "\x1b" not in result.out + result.err
