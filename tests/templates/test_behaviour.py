"""What one request does not show: many calls at once, hostile input, the log, and a stop in the middle of a request."""

import random
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path

import pytest

from .bots import SECRET, STOP_SECONDS, Project, RunningBot, bot_params, read_answer, scaffold
from .conftest import Bots, Projects
from .golden import HELLO, SESSION, TOKEN, YOU_SAID_HELLO, greeting, speak

CALLS = 100
pytestmark = pytest.mark.parametrize("template", bot_params())


def _call_script(session_id: str) -> list[tuple[dict[str, object], object]]:
    """The events of one call, each with the answer it has to get."""
    session = {**SESSION, "id": session_id}

    def says(text: str) -> dict[str, str]:
        return {"type": "speak", "session_id": session_id, "text": text}

    return [
        ({"type": "session_start", "session": session}, greeting(session_id=session_id)),
        (
            {"type": "user_speak", "text": f"I am {session_id}", "session": session},
            says(f"You said: I am {session_id}"),
        ),
        ({"type": "dtmf_received", "digit": "7", "session": session}, says("You pressed 7.")),
        ({"type": "user_speak", "text": "bye", "session": session}, {"type": "hangup", "session_id": session_id}),
        ({"type": "session_end", "session": session}, None),
    ]


def test_interleaved_calls_do_not_mix(bots: Bots, template: str) -> None:
    bot = bots(template, False)
    calls = [_call_script(f"call-{number}") for number in range(CALLS)]
    with ThreadPoolExecutor(max_workers=16) as callers:
        for turn in zip(*calls, strict=True):
            shuffled = random.Random(len(turn)).sample(turn, len(turn))
            answers = callers.map(lambda step: bot.send(step[0]).json(), shuffled)
            assert list(answers) == [expected for _, expected in shuffled]


HOSTILE = {
    "half a surrogate pair": b'{"type": "user_speak", "text": "\\udc00 x", "session": {"id": "x"}}',
    "half a pair at the end": b'{"type": "user_speak", "text": "x \\ud83d", "session": {"id": "x"}}',
    "half a pair as id": b'{"type": "session_start", "session": {"id": "\\udc00"}}',
    "half a pair as type": b'{"type": "\\udc00", "session": {"id": "x"}}',
    "half a pair as digit": b'{"type": "dtmf_received", "digit": "\\udc00", "session": {"id": "x"}}',
    "100,000 arrays deep": b'{"type": "new", "session": {"id": "x"}, "value": '
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}",
    "100,000 arrays": b"[" * 100_000,
    "100,000 digits": b'{"type": "new", "session": {"id": "x"}, "value": ' + b"9" * 100_000 + b"}",
    "comment": b'{"type": "new", "session": {"id": "x"} /* no JSON */}',
    "zeros": b"\0" * 1000,
    "line breaks in type and id": b'{"type": "a\\nb", "session": {"id": "x\\r\\ny"}}',
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_body_is_no_fault_of_the_bot(bots: Bots, template: str, body: bytes) -> None:
    bot = bots(template, False)
    headers = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    answer = bot.request("POST", "/webhook", body, headers=headers)
    assert answer.status in {200, 204, 400}
    assert bot.request("POST", "/webhook", HELLO).json() == YOU_SAID_HELLO


def test_each_event_is_logged_in_one_line_without_the_secret(projects: Projects, template: str, tmp_path: Path) -> None:
    with projects(template).running({"AIFLOW_SECRET": SECRET}, log=tmp_path / "log") as bot:
        for session_id in ("logged-1", "logged-2\nforged"):
            for type_ in ("session_start", "session_end", "something_new"):
                bot.send({"type": type_, "session": {"id": session_id}}, headers=TOKEN)
        bot.send({"type": "session_start", "session": {"id": "x"}}, headers={"X-API-TOKEN": "wrong-token"})
        assert bot.stop() == 0
        lines = bot.output().splitlines()
    for type_ in ("session_start", "session_end", "something_new"):
        assert len([line for line in lines if type_ in line and "logged-1" in line]) == 1
        assert len([line for line in lines if type_ in line and "logged-2" in line and "forged" in line]) == 1
    assert not [line for line in lines if SECRET in line or "wrong-token" in line]


def test_listens_on_loopback_unless_told(bots: Bots, template: str) -> None:
    bot = bots(template, False)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", bot.port), timeout=5):
        pass


def test_listens_where_told(projects: Projects, template: str, tmp_path: Path) -> None:
    with projects(template).running({"HOST": "0.0.0.0"}, log=tmp_path / "log") as bot:
        socket.create_connection(("127.0.0.2", bot.port), timeout=5).close()
        assert bot.stop() == 0


# An edit of the bot, as its owner would make one: the answer to user_input_timeout waits until a file is there.
SLOW = {
    "express": (
        "bot.js",
        "function askAgain(event) {",
        """import { existsSync, writeFileSync } from "node:fs";
async function askAgain(event) {
  writeFileSync("begun", "");
  while (!existsSync("go-on")) await new Promise((wake) => setTimeout(wake, 10));""",
    ),
    "flask": (
        "bot.py",
        "def ask_again(event: Event, settings: Settings) -> Answer:",
        """def ask_again(event: Event, settings: Settings) -> Answer:
    import pathlib, time
    pathlib.Path("begun").touch()
    while not pathlib.Path("go-on").exists():
        time.sleep(0.01)""",
    ),
    "go": (
        "bot.go",
        "func askAgain(_ Bot, event Event) (Actions, error) {",
        """func askAgain(_ Bot, event Event) (Actions, error) {
	os.WriteFile("begun", nil, 0o600)
	for _, err := os.Stat("go-on"); err != nil; _, err = os.Stat("go-on") {
		time.Sleep(10 * time.Millisecond)
	}""",
    ),
    "sinatra": (
        "bot.rb",
        "  def ask_again(event)",
        """  def ask_again(event)
    File.write("begun", "")
    sleep 0.01 until File.exist?("go-on")""",
    ),
}


def _slow_bot(template: str, folder: Path) -> Project:
    file, function, slower = SLOW[template]
    project = scaffold(template, folder)
    source = (folder / file).read_text()
    assert function in source
    source = source.replace(function, slower).replace('import "strings"', 'import ("os"; "strings"; "time")')
    (folder / file).write_text(source)
    return project.build()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_answers_the_event_under_way_when_stopped(template: str, tmp_path: Path, signum: signal.Signals) -> None:
    project = _slow_bot(template, tmp_path / "bot")
    event = {"type": "user_input_timeout", "session": {"id": "x"}}
    with project.running({}, log=tmp_path / "log") as bot, ThreadPoolExecutor() as callers:
        answer = callers.submit(bot.send, event)
        _wait_until((project.folder / "begun").exists, "the bot has not begun")
        bot.process.send_signal(signum)
        (project.folder / "go-on").touch()
        assert answer.result().json() == speak("Are you still there?", session_id="x")
        assert bot.process.wait(STOP_SECONDS) == 0


def test_finishes_a_request_that_was_half_received_when_stopped(
    projects: Projects, template: str, tmp_path: Path
) -> None:
    if template == "flask":
        return  # Waitress waits for the events it has, not for those it is still receiving
    with projects(template).running({}, log=tmp_path / "log") as bot:
        with socket.create_connection(("127.0.0.1", bot.port), timeout=STOP_SECONDS) as caller:
            head = f"POST /webhook HTTP/1.1\r\nHost: bot\r\nContent-Length: {len(HELLO)}\r\n\r\n".encode()
            caller.sendall(head + HELLO[:10])
            # Answered after the half request above was read: the bot has it under way by now.
            assert bot.request("GET", "/health").status == HTTPStatus.OK
            bot.process.send_signal(signal.SIGTERM)
            _wait_until(lambda: _refuses_connections(bot), "the bot still takes connections")
            caller.sendall(HELLO[10:])
            with HTTPResponse(caller) as response:
                response.begin()
                assert read_answer(response).json() == YOU_SAID_HELLO
        assert bot.process.wait(STOP_SECONDS) == 0


def _refuses_connections(bot: RunningBot) -> bool:
    try:
        socket.create_connection(("127.0.0.1", bot.port), timeout=STOP_SECONDS).close()
    except OSError:
        return True
    return False


def _wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)  # between two tries of a bounded wait
