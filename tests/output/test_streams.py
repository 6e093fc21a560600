"""Data on stdout, talk on stderr, the listed exit codes, and no secret anywhere - for every example of every help text.

A command that arrives later is run here by its own examples. The world they run in has a project, a bot that shows
every secret it gets, and no way to the network.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiflow_cli.errors import ExitCode
from scripts.generate.tree import Node, walk
from tests.support.bot import Request, Response, actions, running_bot
from tests.support.cli import Cli, Result

from . import examples
from .examples import Example

SECRETS = {
    "AIFLOW_SECRET": "planted-webhook-secret",
    "AIFLOW_TOKEN": "planted:token",
    "NGROK_AUTHTOKEN": "planted-ngrok",
}
FOR_EVER = 5.0
"""Seconds after which a command that serves or follows gets its Ctrl-C."""

NODES = [node for node in walk() if node.path]


def telling(request: Request) -> Response:
    """A bot that says what must not be repeated."""
    secret = request.headers.get("x-api-token", "")
    if request.event.get("type") == "session_end":
        return Response(204)
    answer = {"type": "speak", "session_id": request.event["session"]["id"], "text": f"your secret is {secret}"}
    return actions(answer)


@dataclass
class Run:
    """A finished command, and what was seen of it from outside."""

    result: Result
    home: Path
    leaked_arguments: list[str]


def run(cli: Cli, *arguments: str, stdin: str = "") -> Run:
    """Run a command line; interrupt it where it goes on for ever."""
    leaks: list[str] = []
    done = threading.Event()
    watcher = threading.Thread(target=watch_arguments, args=(leaks, done))
    watcher.start()
    try:
        with cli.start(*arguments, env=SECRETS, stdin=subprocess.PIPE, start_new_session=True) as process:
            try:
                out, err = process.communicate(stdin, timeout=FOR_EVER)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)
    finally:
        done.set()
        watcher.join()
    return Run(Result(process.returncode, out, err), cli.home, leaks)


def watch_arguments(leaks: list[str], done: threading.Event) -> None:
    """Look at the arguments of every process, again and again."""
    while True:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    arguments = (entry / "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                leaks += [arguments for secret in SECRETS.values() if secret in arguments]
        if done.wait(0.02):
            return


@pytest.fixture
def sandbox(cli: Cli, tmp_path: Path) -> Iterator[Cli]:
    """A project whose bot listens, hardly a program on PATH, and a proxy that is not there: no way to the network."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "curl"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    nowhere = "http://127.0.0.1:9"
    cli.environ |= {
        "PATH": str(programs),
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    with running_bot(telling) as bot:
        dotenv = "".join(f"{name}={value}\n" for name, value in SECRETS.items() if name != "NGROK_AUTHTOKEN")
        cli.project(f'[webhook]\nurl = "{bot.url}"\n', dotenv=dotenv)
        yield cli


def files(home: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file that was written, SQLite's side files too; but not the one that we planted the secrets in."""
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder) / name
            if path.suffix == ".db":
                _forget_secrets_of_flows(path)
            if path.is_file() and path != home / "work/.env":
                yield path, path.read_bytes()


def _forget_secrets_of_flows(store: Path) -> None:
    """The one place that a secret has by design: a flow's is needed to call its bot (design.md section 3)."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("UPDATE flows SET api_token = NULL WHERE api_token IS NOT NULL")
        connection.execute("VACUUM")


@pytest.mark.parametrize("example", examples.everything(), ids=str)
def test_an_example_keeps_the_contract(example: Example, sandbox: Cli) -> None:
    done = run(sandbox, *example.arguments, stdin='{"type": "session_start", "session": {"id": "1"}}\n')
    result = done.result
    told = f"{example.line}\n{result.out}\n{result.err}"
    assert result.code in list(ExitCode), told
    assert result.code != ExitCode.INTERNAL, told
    assert "Traceback" not in result.out + result.err, told
    assert "\x1b" not in result.out + result.err, told
    if "--json" in example.arguments or "jsonl" in example.arguments:
        documents(result.out)
    if "json" in example.arguments:
        assert not result.out or json.loads(result.out) is not None
    for secret in SECRETS.values():
        assert secret not in result.out + result.err, told
        assert not [path for path, content in files(done.home) if secret.encode() in content]
    assert not done.leaked_arguments


@pytest.mark.parametrize(
    "node",
    [node for node in NODES if any("--secret" in option.opts for option in node.options)],
    ids=lambda node: node.name,
)
def test_a_secret_given_as_an_option_is_not_repeated(node: Node, sandbox: Cli) -> None:
    example = examples.of(node)[0]
    done = run(sandbox, *example.arguments, "--secret", "Given-as-an-option")
    assert done.result.code != ExitCode.INTERNAL, done.result.err
    told = (done.result.out + done.result.err).casefold()
    assert "given-as-an-optio" not in told
    assert not [path for path, content in files(done.home) if b"Given-as-an-option" in content]


@pytest.mark.parametrize("node", [node for node in NODES if examples.of(node)], ids=lambda node: node.name)
def test_a_reader_that_is_gone_is_no_error(node: Node, sandbox: Cli) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = examples.of(node)[0].arguments
    with sandbox.start(*arguments, env=SECRETS, stdout=writer, start_new_session=True) as process:
        os.close(writer)
        try:
            _, err = process.communicate(timeout=FOR_EVER)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert process.returncode in list(ExitCode), err
    assert process.returncode != ExitCode.INTERNAL, err
    assert "Traceback" not in err
    assert "pipe" not in err.lower()


def documents(text: str) -> list[object]:
    """JSON lines, or one document over several lines."""
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return [json.loads(text)]


def passes_options_on(node: Node) -> bool:
    """``aiflow dashboard exec --``: what follows is another program's command line."""
    return bool(node.command.context_settings.get("ignore_unknown_options"))


@pytest.mark.parametrize("node", [node for node in NODES if not passes_options_on(node)], ids=lambda node: node.name)
def test_a_wrong_option_is_a_matter_of_usage(node: Node, cli: Cli) -> None:
    result = cli(*node.path, "--no-such-option")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: no such option: --no-such-option\nhint: ")


@pytest.mark.parametrize(
    "node", [node for node in NODES if any(a.required for a in node.arguments)], ids=lambda n: n.name
)
def test_a_missing_argument_is_named_and_never_asked_for(node: Node, cli: Cli) -> None:
    result = cli(*node.path, stdin=None)
    missing = next(argument for argument in node.arguments if argument.required)
    assert (result.code, result.out) == (2, "")
    assert missing.make_metavar(node.context).split()[0] in result.err


@pytest.mark.parametrize(
    "node",
    [node for node in NODES if any("--json" in option.opts for option in node.options)],
    ids=lambda node: node.name,
)
def test_json_is_not_mixed_with_talk_where_it_fails(node: Node, cli: Cli) -> None:
    cli.project("this is not toml")
    arguments = ["x" for argument in node.arguments if argument.required]
    required = [word for option in node.options if option.required for word in (option.opts[-1], "x")]
    done = run(cli, *node.path, *arguments, *required, "--json")
    documents(done.result.out)
    assert done.result.code in list(ExitCode)
    assert done.result.code != ExitCode.INTERNAL, done.result.err
