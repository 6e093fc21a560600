"""Signs of the inside in an answer: stack traces and debugger pages. Pure."""

from __future__ import annotations

import re

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for name, pattern in (
        ("a Werkzeug debugger page", r"Werkzeug Debugger|__debugger__=yes|class=\"debugger\""),
        ("a Python stack trace", r"Traceback \(most recent call last\)|^\s*File \"[^\"\n]+\", line \d+, in "),
        ("a Django debug page", r"You're seeing this error because you have <code>DEBUG = True"),
        (
            "a Node.js stack trace",
            r"(?:^|\n|>|&nbsp;|\\n)\s*at (?:[\w.<>\[\] ]+ \()?(?:node:|file://|/|[A-Z]:\\)[^\s()]*:\d+:\d+",
        ),
        ("a Go stack trace", r"goroutine \d+ \[\w+|^\s*/\S+\.go:\d+ \+0x|panic: runtime error"),
        ("a Sinatra debug page", r"Sinatra::ShowExceptions|Rack::ShowExceptions|<h3>BACKTRACE</h3>"),
        ("a Ruby stack trace", r"\.rb:\d+:in [`'‘]"),
        ("a Java stack trace", r"^\s*at [\w$.]+\((?:\w+\.java:\d+|Native Method)\)|Caused by: [\w.]+Exception"),
        ("a PHP error", r"<b>(?:Fatal|Parse) error</b>:|PHP Fatal error:|Stack trace:\s*(?:\n|<br>)?\s*#0 "),
        ("a .NET stack trace", r"^\s*at [\w.`<>]+\(.*\) in .+:line \d+"),
    )
)


def find_leak(body: bytes) -> str | None:
    """What of the inside a body shows, as words for a sentence; None where nothing."""
    text = body.decode(errors="replace")
    return next((name for name, sign in _SIGNS if sign.search(text)), None)
