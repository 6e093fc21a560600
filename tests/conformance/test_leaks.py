"""What frameworks show when they fail is recognised, and ordinary answers are not."""

from __future__ import annotations

import pytest

from aiflow_cli.conformance.leaks import find_leak

LEAKS = {
    "a Python stack trace": 'Traceback (most recent call last):\n  File "app.py", line 3, in webhook\nKeyError: 1',
    "a Werkzeug debugger page": '<title>KeyError // Werkzeug Debugger</title><div class="debugger">',
    "a Django debug page": "<p>You're seeing this error because you have <code>DEBUG = True</code></p>",
    "a Node.js stack trace": "SyntaxError: Unexpected token<br> &nbsp; &nbsp;at parse (/srv/node_modules/x.js:92:19)",
    "a Go stack trace": "goroutine 7 [running]:\nmain.handler(0x1)\n\t/srv/bot/main.go:31 +0x1d",
    "a Sinatra debug page": "<h2>NoMethodError</h2><h3>BACKTRACE</h3>",
    "a Ruby stack trace": "app.rb:12:in `block in <main>': undefined method (NoMethodError)",
    "a Java stack trace": "java.lang.NullPointerException\n\tat com.example.Bot.answer(Bot.java:42)",
    "a PHP error": "<b>Fatal error</b>:  Uncaught TypeError in /srv/bot.php:3",
    "a .NET stack trace": "   at Bot.Answer(Event e) in /srv/Bot.cs:line 42",
}

HARMLESS = (
    '{"type": "speak", "session_id": "1", "text": "You said: at noon (12:30:15)"}',
    '{"error": "body is not JSON"}',
    "<!DOCTYPE html><title>405 Method Not Allowed</title>",
    '{"text": "Your file app.rb is at line 12, in the stack"}',
    "at Object.<anonymous>",
    "",
)


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_named(name: str) -> None:
    assert find_leak(LEAKS[name].encode()) == name


@pytest.mark.parametrize("text", HARMLESS)
def test_an_ordinary_answer_is_none(text: str) -> None:
    assert find_leak(text.encode()) is None


def test_bytes_that_are_no_text_are_read_all_the_same() -> None:
    assert find_leak(b"\xff\xfe goroutine 1 [running]") == "a Go stack trace"
