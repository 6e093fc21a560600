"""``aiflow call`` as a person and a program run it: the installed command in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aiflow_cli.recording.files import read_recording

from ..simulator.bots import Bot, Event, Pizza, http_bot, speak, until, websocket_bot

CALL = [sys.executable, "-m", "aiflow_cli", "call"]
SECRET = "very-secret-indeed"


@pytest.fixture
def pizza() -> Iterator[Bot]:
    with http_bot(Pizza()) as bot:
        yield bot


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIFLOW_")}
    return {**kept, "AIFLOW_STORE": str(tmp_path / "store" / "aiflow.db"), "HOME": str(tmp_path), "NO_COLOR": "1"}


class Runner:
    """Runs the command in a folder of its own."""

    def __init__(self, cwd: Path, environ: dict[str, str]) -> None:
        self.cwd = cwd
        self.environ = environ

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*CALL, *arguments],
            input=stdin,
            cwd=self.cwd,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def start(self, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
        return subprocess.Popen([*CALL, *arguments], cwd=self.cwd, env=self.environ, text=True, **streams)


@pytest.fixture
def call(tmp_path: Path, environ: dict[str, str]) -> Runner:
    return Runner(tmp_path, environ)


def test_sentences_are_a_script(call: Runner, pizza: Bot) -> None:
    done = call(pizza.url, "--say", "a funghi", "--say", "goodbye")
    assert done.stdout.splitlines() == [
        "    0.0 s  bot     Welcome to the pizza line. What can I bring you?",
        "    3.5 s  caller  a funghi",
        "    4.0 s  bot     You said: a funghi. Anything else with that?",
        "    7.3 s  caller  goodbye",
        "    7.7 s  bot     Thank you, goodbye!",
        "    9.0 s  -       the bot hangs up",
    ]
    assert done.returncode == 0
    assert "9.0 s, 10 events; silence before an answer: min" in done.stderr


def test_a_call_file_gives_the_same_transcript_twice(call: Runner, pizza: Bot, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(
        "steps:\n  - silence: 9\n  - say: a funghi\n  - barge_in: {say: no wait, after_ms: 800}\n  - dtmf: 1#\n"
    )
    first = call(pizza.url, "--script", "order.yaml")
    assert first.returncode == 0, first.stderr
    assert "-       cut off after" in first.stdout
    assert "caller  no wait  (while the bot speaks)" in first.stdout
    assert first.stdout == call(pizza.url, "--script", "order.yaml").stdout


def test_json_lines_are_the_whole_story(call: Runner, pizza: Bot) -> None:
    done = call(pizza.url, "--say", "a funghi", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["type"] for line in lines} == {"said", "exchange", "heard", "end"}
    times = [line["callTimeMs"] for line in lines]
    assert times == sorted(times)
    assert [line["text"] for line in lines if line["type"] == "said" and line["kind"] == "say"] == ["a funghi"]
    heard = [line for line in lines if line["type"] == "heard"]
    assert heard[0]["text"] == "Welcome to the pizza line. What can I bring you?"
    assert heard[0]["silenceMs"] == 0
    assert heard[0]["feltMs"] > 0
    exchanges = [line["exchange"] for line in lines if line["type"] == "exchange"]
    assert [exchange["event"]["type"] for exchange in exchanges] == pizza.types
    assert all(isinstance(exchange["id"], int) for exchange in exchanges), "they are in the log"
    assert lines[-1] == {
        "type": "end",
        "callTimeMs": times[-1],
        "reason": "caller_hangup",
        "events": len(pizza.events),
        "unanswered": 0,
    }


def test_what_was_exchanged_is_logged(call: Runner, pizza: Bot) -> None:
    call(pizza.url, "--say", "a funghi")
    logs = subprocess.run(
        [sys.executable, "-m", "aiflow_cli", "logs", "--format", "jsonl"],
        env=call.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    logged = [json.loads(line) for line in logs.stdout.splitlines()]
    assert [exchange["event"]["type"] for exchange in logged] == pizza.types
    assert {exchange["source"] for exchange in logged} == {"call"}


def test_lines_from_a_pipe_are_a_call(call: Runner, pizza: Bot) -> None:
    done = call(pizza.url, stdin="a funghi\n\n/barge 500 no wait\n/dtfm 1\n/dtmf 1\n/silence 1\n")
    assert "caller  a funghi" in done.stdout
    assert "caller  no wait  (while the bot speaks)" in done.stdout
    assert "caller  (presses 1)" in done.stdout
    assert "caller  (stays silent for 1 s)" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("the caller hangs up")
    assert "there is no command /dtfm; did you mean /dtmf?" in done.stderr
    assert done.returncode == 0


def test_a_program_at_the_other_end_of_the_pipe_sees_each_answer(call: Runner, pizza: Bot) -> None:
    with call.start(pizza.url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "Welcome" in process.stdout.readline()
        for text in ("one", "two"):
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            assert f"caller  {text}" in process.stdout.readline()
            assert f"You said: {text}" in process.stdout.readline()
        process.stdin.close()
        assert "the caller hangs up" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=10) == 0


def test_a_recording_holds_every_exchange_and_no_secret(call: Runner, pizza: Bot, tmp_path: Path) -> None:
    done = call(pizza.url, "--say", SECRET, "--record", "call.jsonl", AIFLOW_SECRET=SECRET)
    assert done.returncode == 0, done.stderr
    assert pizza.headers[0]["x-api-token"] == SECRET
    recording = read_recording(tmp_path / "call.jsonl")
    assert [entry.exchange.type for entry in recording.entries] == pizza.types
    assert recording.entries[-1].call_time_ms > 3000
    for text in ((tmp_path / "call.jsonl").read_text(), done.stdout, done.stderr):
        assert SECRET not in text


def test_answer_time_is_silence_in_the_transcript(call: Runner, pizza: Bot) -> None:
    done = call(pizza.url, "--say", "a funghi", "--answer-time", "1200")
    assert "bot     You said: a funghi. Anything else with that?  [silence 1200 ms]" in done.stdout


def test_a_seed_fixes_the_session(call: Runner, pizza: Bot) -> None:
    for _ in range(2):
        call(pizza.url, "--say", "hi", "--seed", "42")
    assert len({event["session"]["id"] for event in pizza.events}) == 1


def test_websocket(call: Runner) -> None:
    def echo(event: Event, connection: Any) -> None:
        if event["type"] == "user_speak":
            connection.send(json.dumps(speak(event, f"You said: {event['text']}")))

    with websocket_bot(echo, secret=SECRET) as bot:
        done = call(bot.url, "--say", "hi", "--settle", "40", "--json", AIFLOW_SECRET=SECRET)
    assert done.returncode == 0, done.stderr
    exchanges = [json.loads(line)["exchange"] for line in done.stdout.splitlines() if '"exchange"' in line]
    assert "user_speech_started" in [exchange["event"]["type"] for exchange in exchanges]
    assert {exchange["transport"] for exchange in exchanges} == {"websocket"}


# -- what goes wrong ---------------------------------------------------------------------------------


def test_nothing_listens(call: Runner) -> None:
    done = call("http://127.0.0.1:9/webhook", "--say", "hi")
    assert done.returncode == 5
    assert "error: the bot cannot be reached: nothing listens at http://127.0.0.1:9/webhook" in done.stderr
    assert "hint: start the bot first" in done.stderr


BOT = """
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        print(event["type"], flush=True)
    def log_message(self, *_):
        pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def test_a_bot_that_is_killed_in_mid_call(call: Runner) -> None:
    bot = subprocess.Popen([sys.executable, "-c", BOT], stdout=subprocess.PIPE, text=True)
    with bot:
        assert bot.stdout is not None
        url = f"http://127.0.0.1:{bot.stdout.readline().strip()}/webhook"
        with call.start(url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("hello\n")
            process.stdin.flush()
            said = process.stdout.readline()
            assert [bot.stdout.readline().strip() for _ in range(2)] == ["session_start", "user_speak"]
            bot.kill()
            bot.wait(timeout=10)
            rest, errors = process.communicate("are you there?\n", timeout=20)
    assert "caller  hello" in said
    assert "caller  are you there?" in rest
    assert "the bot went away" in rest.splitlines()[-1]
    assert process.returncode == 5
    assert "error: the bot went away in mid-call: nothing listens at" in errors


def test_a_wrong_secret_is_said_so(call: Runner) -> None:
    with http_bot(lambda event: 401) as bot:
        done = call(bot.url, "--say", "hi")
    assert done.returncode == 1
    assert "the webhook refused the secret" in done.stderr
    assert "hint: the bot expects a secret: set AIFLOW_SECRET" in done.stderr


def test_a_path_that_the_bot_does_not_have_gets_a_hint(call: Runner) -> None:
    with http_bot(lambda event: 404) as bot:
        done = call(bot.url, "--say", "a")
    assert done.returncode == 1
    assert f"is {bot.url} the address, path included" in done.stderr


def test_an_event_without_an_answer_is_a_failure(call: Runner) -> None:
    import threading

    release = threading.Event()

    def stuck(event: Event) -> None:
        if event["type"] == "user_speak":
            release.wait(10)

    with http_bot(stuck) as bot:
        done = call(bot.url, "--say", "hi", "--timeout", "0.2")
        release.set()
    assert done.returncode == 5
    assert "1 event got no answer within 0.2 s" in done.stderr
    assert "error timeout: no complete answer within 0.2 s" in done.stdout


def test_an_invalid_action_fails_the_call(call: Runner) -> None:
    with http_bot(lambda event: {"type": "speek", "session_id": event["session"]["id"]}) as bot:
        done = call(bot.url, "--say", "hi")
    assert done.returncode == 1
    assert 'did you mean "speak"?' in done.stdout


def test_expectations_of_a_script_are_judged(call: Runner, pizza: Bot, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "greeting: {speak: Welcome}\nsteps:\n  - say: a funghi\n    expect: {speak: {contains: a salami}}\n"
    )
    done = call(pizza.url, "--script", "x.yaml")
    assert done.returncode == 1
    assert '!       line 4: expected speak.contains "a salami", got "You said: a funghi.' in done.stdout
    assert "1 expectation of the script not met" in done.stderr
    json_lines = [json.loads(line) for line in call(pizza.url, "--script", "x.yaml", "--json").stdout.splitlines()]
    assert [line["line"] for line in json_lines if line["type"] == "unmet"] == [4]


def test_a_step_that_the_call_does_not_reach_is_not_met(call: Runner, pizza: Bot, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(
        "steps:\n  - say: goodbye\n  - dtmf: '1'\n  - say: hello\n    expect: {speak: hello}\n"
    )
    done = call("--script", str(tmp_path / "order.yaml"), pizza.url)
    assert done.returncode == 1
    assert '!       line 4: expected step say "hello", got the call was over (assistant_hangup)' in done.stdout


def test_several_calls_of_a_file_and_one_of_them(call: Runner, pizza: Bot, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        'calls:\n  - {name: one, steps: [{say: "${word} one"}]}\n  - {name: two, steps: [{say: two}]}\n'
        "variables: {word: hello}\n"
    )
    both = call(pizza.url, "--script", "x.yaml", "--var", "word=hi")
    assert "caller  hi one" in both.stdout
    assert "caller  two" in both.stdout
    assert pizza.types.count("session_end") == 2
    assert "caller  hi one" not in call(pizza.url, "--script", "x.yaml", "--only", "two").stdout
    missing = call(pizza.url, "--script", "x.yaml", "--only", "three")
    assert (missing.returncode, "it has: one, two" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--say", "a", "--script", "b.yaml"], 2, "--say and --script are two scripts"),
        (["--only", "a"], 2, "--only needs a script"),
        (["--var", "a=b"], 2, "--var needs a script"),
        (["--script", "b.yaml"], 2, "--script b.yaml cannot be read: No such file"),
        (["--script", "broken.yaml"], 3, "broken.yaml:2: steps[0].sya: there is no such key"),
        (["--script", "good.yaml", "--var", "x"], 2, "--var x is not NAME=VALUE"),
        (["--script", "good.yaml", "--var", "x=1"], 2, "--var x: good.yaml uses no such variable"),
        (["ftp://x"], 2, "ftp://x is not a webhook URL"),
    ],
)
def test_usage(call: Runner, tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    (tmp_path / "broken.yaml").write_text("steps:\n  - sya: x\n")
    (tmp_path / "good.yaml").write_text("steps: []\n")
    done = call(*arguments)
    assert message in done.stderr
    assert (done.returncode, done.stdout) == (code, "")


def test_a_reader_who_leaves_ends_the_call_quietly(call: Runner, pizza: Bot) -> None:
    line = shlex.join([*CALL, pizza.url, "--say", "one", "--say", "two"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line} | head -n 1"],
        cwd=call.cwd,
        env=call.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stderr
    assert "rror" not in done.stderr
    assert pizza.types[-1] == "session_end"


# -- signals and terminals ---------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_call_still_ends_properly(call: Runner, pizza: Bot, number: int, code: int) -> None:
    with call.start(pizza.url, "--say", "hi", "--real-time", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "Welcome" in process.stdout.readline()
        until(lambda: "assistant_speak" in pizza.types)
        process.send_signal(number)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == code
    assert "the caller hangs up" in out
    assert pizza.types[-1] == "session_end"
    assert pizza.types.count("session_end") == 1


class Typist:
    """A person at a pseudo-terminal."""

    def __init__(self, call: Runner, *arguments: str) -> None:
        self._main, side = pty.openpty()
        environ = {**call.environ, "TERM": "xterm"}
        environ.pop("NO_COLOR")
        self.process = subprocess.Popen(
            [*CALL, *arguments], cwd=call.cwd, env=environ, stdin=side, stdout=side, stderr=side, close_fds=True
        )
        os.close(side)
        self.seen = ""

    def see(self, text: str, *, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} was not shown; the screen says: {self.seen}"
            if select.select([self._main], [], [], left)[0]:
                try:
                    self.seen += os.read(self._main, 4096).decode()
                except OSError as error:
                    raise AssertionError(f"{text!r} was not shown; the screen says: {self.seen}") from error

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def end(self) -> int:
        code = self.process.wait(timeout=10)
        os.close(self._main)
        return code


def test_a_person_types_a_call(call: Runner, pizza: Bot) -> None:
    typist = Typist(call, pizza.url)
    typist.see("/help lists what you can do")
    typist.see("Welcome to the pizza line.")
    typist.see("[silence ")
    typist.type("a funghi\n")
    typist.see("the caller interrupts")
    typist.see("Sorry. You said: a funghi.")
    typist.type("/help\n")
    typist.see("press keys")
    typist.type("/dtmf 1#\n")
    typist.see("Starting over.")
    typist.type("/hangup\n")
    typist.see("the caller hangs up")
    assert typist.end() == 0
    assert pizza.types[-1] == "session_end"
    assert [event["digit"] for event in pizza.events if event["type"] == "dtmf_received"] == ["1", "#"]


def test_an_interruption_that_nothing_plays_for_does_not_hold_the_call_up(call: Runner, pizza: Bot) -> None:
    typist = Typist(call, pizza.url)
    typist.see("Welcome to the pizza line.")
    until(lambda: "assistant_speech_ended" in pizza.types)
    typist.type("/barge no wait\n")
    typist.see("nobody speaks; this is said once the bot does")
    typist.type("a funghi\n")
    typist.see("You said: a funghi.")
    typist.see("the caller interrupts")
    typist.type("/hangup\n")
    assert typist.end() == 0


def test_ctrl_c_at_the_terminal_hangs_up(call: Runner, pizza: Bot) -> None:
    typist = Typist(call, pizza.url)
    typist.see("Welcome to the pizza line.")
    until(lambda: "assistant_speak" in pizza.types)
    typist.process.send_signal(signal.SIGINT)
    typist.see("the caller hangs up")
    assert typist.end() == 130
    assert pizza.types[-1] == "session_end"


def test_ctrl_d_hangs_up(call: Runner, pizza: Bot) -> None:
    typist = Typist(call, pizza.url)
    typist.see("Welcome to the pizza line.")
    typist.type("\x04")
    typist.see("the caller hangs up")
    assert typist.end() == 0


def test_a_push_reaches_a_person_at_once(call: Runner) -> None:
    def surprise(event: Event, connection: Any) -> None:
        import threading

        if event["type"] == "session_start":
            frame = json.dumps(speak(event, "Are you there?"))
            threading.Timer(0.4, connection.send, [frame]).start()

    with websocket_bot(surprise) as bot:
        typist = Typist(call, bot.url)
        typist.see("Are you there?")
        typist.type("yes\n")
        until(lambda: "user_speak" in bot.types)
        typist.type("/hangup\n")
        assert typist.end() == 0
