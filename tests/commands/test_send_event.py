from __future__ import annotations

import json
import shlex
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator

import pytest

from aiflow_cli.protocol.samples import EVENT_TYPES
from tests.support.bot import Bot, Response, actions, running_bot, speak
from tests.support.cli import Cli


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A URL at which nothing listens, and at which nothing will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/webhook"


def test_the_answer_is_shown_as_the_caller_hears_it(cli: Cli, bot: Bot) -> None:
    result = cli("send-event", "user_speak", "--text", "hello", "--url", bot.url)
    assert result.code == 0
    assert "the caller hears: You said: hello" in result.out
    assert "200 OK in" in result.out
    assert result.err == ""


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_is_sent_complete(cli: Cli, bot: Bot, kind: str) -> None:
    assert cli("send-event", kind, "--url", bot.url).code == 0
    assert bot.events[0]["type"] == kind
    assert set(bot.events[0]["session"]) >= {"id", "account_id", "phone_number", "from_phone_number"}


def test_the_url_of_the_project_is_used(cli: Cli, bot: Bot) -> None:
    cli.project(f'[webhook]\nurl = "{bot.url}"\n', dotenv="AIFLOW_SECRET=from-dotenv\n")
    assert cli("send-event", "session_start").code == 0
    assert bot.requests[0].headers["x-api-token"] == "from-dotenv"


def test_the_options_change_the_event(cli: Cli, bot: Bot) -> None:
    cli("send-event", "dtmf_received", "--digit", "#", "--session-id", "s-1", "--url", bot.url)
    cli("send-event", "user_speak", "--set", "barged_in=true", "--set", "session.account_id=42", "--url", bot.url)
    assert (bot.events[0]["digit"], bot.events[0]["session"]["id"]) == ("#", "s-1")
    assert (bot.events[1]["barged_in"], bot.events[1]["session"]["account_id"]) == (True, "42")


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (["user_speek"], "no event type user_speek", "did you mean user_speak?"),
        ([], "which event?", "session_start"),
        (["session_start", "--text", "hi"], "session_start has no text", "send user_speak"),
        (["user_speak", "--digit", "1"], "user_speak has no digit", "send dtmf_received"),
        (["dtmf_received", "--digit", "12"], "digit should be", "--data sends any JSON"),
        (["user_speak", "--set", "session.acount_id=1"], "no such field", "did you mean session.account_id?"),
        (["user_speak", "--url", "localhost:3000"], "no http://", "did you mean http://localhost:3000?"),
        (["user_speak", "--url", "ws://127.0.0.1/"], "only http or https", "aiflow call"),
        (["--data", "{"], "--data is not JSON", "@FILE"),
        (["--data", "[1]"], "not a JSON object", "type"),
        (["--data", '{"session": "s"}', "--session-id", "1"], "session is no object", "leave one"),
        (["user_speak", "--timeout", "nan"], "--timeout nan is not a number", "at most"),
        (["user_speak", "--timeout", "inf"], "--timeout inf is not a number", "at most"),
        (["user_speak", "--timeout", "1e300"], "--timeout 1e+300 is not a number", "at most"),
        (["--data", "@missing.json"], "cannot be read: No such file", "the file's name"),
        (["user_speak", "--timeout", "-1"], "--timeout", "--help"),
        (["user_speak", "--timeout", "soon"], "'soon' is not a number", "--help"),
        (["user_speak", "--repeat", "1.5"], "'1.5' is not a whole number", "--help"),
        (["user_speak", "--txt", "a"], "no such option: --txt", "did you mean --text?"),
    ],
)
def test_what_is_wrong_and_what_to_do(cli: Cli, bot: Bot, arguments: list[str], said: str, hint: str) -> None:
    result = cli("send-event", *arguments, *([] if "--url" in arguments else ["--url", bot.url]))
    error, advice = result.err.splitlines()
    assert result.code == 2
    assert said in error
    assert hint in advice
    assert (result.out, bot.requests) == ("", [])


def test_any_json_is_sent_as_it_is(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda _: Response(204)
    (cli.cwd / "event.json").write_text('{"type": "user_sings", "session": {"id": "1"}}')
    given = '{"type": "x", "session": {"id": "2"}}'
    assert cli("send-event", "--data", "@event.json", "--url", bot.url).code == 0
    assert cli("send-event", "--data", "-", "--url", bot.url, stdin=given).code == 0
    assert cli("send-event", "--data", given, "--set", "type=y", "--url", bot.url).code == 0
    assert cli("send-event", "session_end", "--data", given, "--session-id", "3", "--url", bot.url).code == 0
    assert [(event["type"], event["session"]["id"]) for event in bot.events] == [
        ("user_sings", "1"),
        ("x", "2"),
        ("y", "2"),
        ("session_end", "3"),
    ]


def test_a_broken_rule_fails_and_is_named(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda request: speak(request, "too late")
    result = cli("send-event", "session_end", "--url", bot.url)
    assert result.code == 1
    assert "error session-end-action at $" in result.out


def test_a_warning_fails_only_where_that_is_asked_for(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda _: Response(200, b"{}")
    assert cli("send-event", "session_start", "--url", bot.url).code == 0
    assert cli("send-event", "session_start", "--url", bot.url, "--strict").code == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_secret_has_a_hint(cli: Cli, bot: Bot, status: int) -> None:
    bot.answer = lambda _: Response(status)
    without = cli("send-event", "session_start", "--url", bot.url)
    assert (without.code, "set AIFLOW_SECRET" in without.err) == (1, True)
    cli.environ["AIFLOW_SECRET"] = "hunter2hunter2"
    wrong = cli("send-event", "session_start", "--url", bot.url)
    assert (wrong.code, "must be the same" in wrong.err) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        ["send-event", "session_start", "--url", "http://127.0.0.1:9/webhook"],
        ["call", "http://127.0.0.1:9/webhook", "--say", "hello"],
        ["call", "ws://127.0.0.1:9/webhook", "--say", "hello"],
    ],
)
def test_a_secret_that_no_header_carries_is_told_and_not_shown(cli: Cli, command: list[str]) -> None:
    cli.environ["AIFLOW_SECRET"] = "hunter2hunter2\r"
    result = cli(*command)
    assert result.code == 3
    assert "the secret holds a line break" in result.err
    assert "hunter2" not in result.out + result.err


def test_nothing_listens(cli: Cli, closed_port: str) -> None:
    result = cli("send-event", "session_start", "--url", closed_port)
    assert result.code == 5
    assert f"nothing listens at {closed_port}" in result.err
    assert "start the bot first" in result.err


def test_a_reason_is_told_once(cli: Cli, closed_port: str) -> None:
    result = cli("send-event", "session_start", "--url", closed_port)
    assert (result.out + result.err).count("nothing listens") == 1
    assert result.out.endswith("connection error\n")


def test_a_host_without_an_address_is_named(cli: Cli) -> None:
    result = cli("send-event", "session_start", "--url", "http://no-such-host.invalid/webhook")
    assert result.code == 5
    assert "http://no-such-host.invalid/webhook did not answer: no address is known for its host (DNS)" in result.err
    assert "Errno" not in result.out + result.err


def test_a_path_that_the_bot_does_not_have_gets_a_hint(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda _: Response(404, b"not found\n")
    result = cli("send-event", "session_start", "--url", bot.url)
    assert result.code == 1
    assert "the webhook has no such path" in result.err
    assert bot.url in result.err
    assert "  | not found\n\nerror http-status" in result.out


def test_no_answer_in_time(cli: Cli, bot: Bot) -> None:
    never = threading.Event()
    bot.answer = lambda _: Response(200, hold=never)
    result = cli("send-event", "session_start", "--url", bot.url, "--timeout", "0.2", "--json")
    never.set()
    assert result.code == 5
    assert result.json["outcome"] == "timeout"
    assert "--timeout 0" in result.err


def test_timeout_0_waits_for_the_answer(cli: Cli, bot: Bot) -> None:
    slow = threading.Event()

    def answer(request: object) -> Response:
        threading.Timer(0.3, slow.set).start()
        return Response(204, hold=slow)

    bot.answer = answer
    assert cli("send-event", "session_start", "--url", bot.url, "--timeout", "0").code == 0


def test_json_is_the_exchange_of_the_dashboard_api(cli: Cli, bot: Bot) -> None:
    result = cli("send-event", "user_speak", "--text", "hi", "--url", bot.url, "--json")
    assert result.json["actions"][0]["text"] == "You said: hi"
    assert (result.json["id"], result.json["source"], result.json["outcome"]) == (1, "send-event", "ok")


def test_json_is_printed_where_nothing_answered_too(cli: Cli, closed_port: str) -> None:
    result = cli("send-event", "session_start", "--url", closed_port, "--json")
    assert (result.code, result.json["outcome"], result.json["status"]) == (5, "connection-error", None)


def test_repeat_sums_up(cli: Cli, bot: Bot) -> None:
    result = cli("send-event", "user_speak", "--url", bot.url, "--repeat", "5")
    assert "5 sent, 0 failed" in result.out
    assert all(word in result.out for word in ("min", "median", "p95", "max"))
    assert len({event["session"]["id"] for event in bot.events}) == 5


def test_repeat_keeps_a_session_that_was_named(cli: Cli, bot: Bot) -> None:
    cli("send-event", "user_speak", "--url", bot.url, "--repeat", "3", "--session-id", "mine")
    assert [event["session"]["id"] for event in bot.events] == ["mine"] * 3


def test_repeat_in_json_is_a_line_each_and_a_sum(cli: Cli, bot: Bot) -> None:
    lines = cli("send-event", "user_speak", "--url", bot.url, "--repeat", "3", "--json").lines
    assert [line.get("id") for line in lines] == [1, 2, 3, None]
    assert (lines[-1]["sent"], lines[-1]["failed"]) == (3, 0)
    assert lines[-1]["minMs"] <= lines[-1]["medianMs"] <= lines[-1]["p95Ms"] <= lines[-1]["maxMs"]


def test_repeat_shows_the_first_that_failed(cli: Cli, bot: Bot) -> None:
    bot.answer = lambda _: actions({"type": "speek"})
    result = cli("send-event", "user_speak", "--url", bot.url, "--repeat", "2")
    assert result.code == 1
    assert "2 sent, 2 failed" in result.out
    assert 'did you mean "speak"?' in result.out


def test_what_was_shown_is_in_the_log(cli: Cli, bot: Bot) -> None:
    shown = cli("send-event", "user_speak", "--text", "hi", "--url", bot.url, "--json").json
    with sqlite3.connect(cli.store) as connection:
        rows = connection.execute("SELECT id, doc FROM exchanges").fetchall()
    connection.close()
    assert [{**json.loads(doc), "id": id} for id, doc in rows] == [shown]


def test_the_curl_command_does_the_same_and_sends_nothing_itself(cli: Cli, bot: Bot) -> None:
    cli.environ["AIFLOW_SECRET"] = "hunter2hunter2"
    result = cli("send-event", "user_speak", "--text", 'it\'s "me"', "--url", bot.url, "--curl")
    assert result.code == 0
    assert bot.requests == []
    assert "hunter2" not in result.out
    command = ["bash", "-c", result.out.replace("curl -i", "curl -isS")]
    done = subprocess.run(command, env=cli.environ, capture_output=True, text=True)
    assert 'You said: it\'s "me"' in done.stdout.replace('\\"', '"'), done.stderr
    assert bot.requests[0].headers["x-api-token"] == "hunter2hunter2"


def test_the_curl_command_stands_on_several_lines_of_one_shell_word_each(cli: Cli, bot: Bot) -> None:
    out = cli("send-event", "user_speak", "--text", "$HOME `id` 'x'", "--url", bot.url, "--curl").out
    words = shlex.split(out.replace("\\\n", ""))
    assert json.loads(words[words.index("--data-raw") + 1])["text"] == "$HOME `id` 'x'"


def test_a_variable_stands_for_each_option(cli: Cli, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIFLOW_SEND_EVENT_TEXT", "by variable")
    monkeypatch.setenv("AIFLOW_SEND_EVENT_URL", bot.url)
    monkeypatch.setenv("AIFLOW_SEND_EVENT_SET", "session.account_id=7 barged_in=true")
    monkeypatch.setenv("AIFLOW_SEND_EVENT_JSON", "1")
    assert cli("send-event", "user_speak").json["event"]["text"] == "by variable"
    assert (bot.events[0]["session"]["account_id"], bot.events[0]["barged_in"]) == ("7", True)
    cli("send-event", "user_speak", "--text", "by option")
    assert bot.events[1]["text"] == "by option"


@pytest.mark.parametrize("body", [b"\xff\x00", b"[" * 100_000, b"<html>", b'{"type": 1}', b"[[]]", b'"', b"\\"])
def test_any_bytes_are_an_answer_that_is_judged(cli: Cli, body: bytes) -> None:
    with running_bot(lambda _: Response(200, body)) as bot:
        result = cli("send-event", "session_start", "--url", bot.url)
    assert result.code == 1
    assert "Traceback" not in result.out + result.err


BYTES = "\udcff"
"""How Python hands over a byte of the command line that is not UTF-8."""


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["send-event", "user_speak", "--text", BYTES], "--text"),
        (["send-event", "user_speak", "--set", f"text={BYTES}"], "--set"),
        (["send-event", BYTES], "TYPE"),
        (["call", "--say", BYTES], "--say"),
        (["logs", "--session", BYTES], "--session"),
        (["flows", "show", BYTES], "ID"),
        (["replay", BYTES], "FILE|ID"),
    ],
)
def test_bytes_that_are_not_utf8_are_a_matter_of_usage(cli: Cli, arguments: list[str], name: str) -> None:
    result = cli.process(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "holds bytes that are not UTF-8" in result.err
    assert name in result.err


def test_a_secret_that_is_not_utf8_is_not_shown(cli: Cli) -> None:
    result = cli.process("send-event", "session_start", env={"AIFLOW_SECRET": f"{BYTES}hunter2"})
    assert (result.code, result.out) == (2, "")
    assert "--secret holds bytes that are not UTF-8" in result.err
    assert "hunter2" not in result.err


@pytest.mark.parametrize("arguments", [["send-event", "--data", "-"], ["call"]])
def test_stdin_may_hold_any_bytes(cli: Cli, bot: Bot, arguments: list[str]) -> None:
    url = ["--url", bot.url] if arguments[0] == "send-event" else [bot.url]
    given = (cli.cwd / "given").absolute()
    given.write_bytes(b'{"type": "\xff"}\n')
    with given.open() as stdin, cli.start(*arguments, *url, stdin=stdin, env={"PYTHONIOENCODING": "utf-8"}) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == (2 if arguments[0] == "send-event" else 0), err
    assert "Traceback" not in err
