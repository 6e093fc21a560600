"""The page of all checks."""

from __future__ import annotations

from collections.abc import Iterator

from aiflow_cli.conformance.check import GROUPS, Check
from aiflow_cli.conformance.manifest import MANIFEST
from aiflow_cli.conformance.report import WEIGHTS

PAGE = "docs/checks.md"


def files() -> dict[str, str]:
    return {PAGE: "\n\n".join([_HEAD.format(**WEIGHTS), *_groups(), _FUZZ]) + "\n"}


_HEAD = """<!-- Written by `make generate`; change aiflow_cli/conformance or scripts/generate/checks.py instead. -->

# Checks

`aiflow check` sends a webhook what the service would send, and what strangers send, and says what a caller would
notice. It plays whole calls: every event comes in a call that has begun, and what the bot says is played in virtual
time. A failure shows what was sent, what came back, why it matters, and a command line that repeats it; the secret
stays in `$AIFLOW_SECRET`.

```console
$ aiflow check
$ aiflow check https://bot.example.org/webhook --severity error --format junit > check.xml
$ aiflow check --only secret --only chunked
```

**Score.** The share that passed, by weight: an error counts {error}, a warning {warning}, a note {note}; rounded down.
What is not run counts neither way, but 100 needs every group: without a secret the group `secret` is not run, and 99
is the most. Exit code 0: everything that was run passed. 1: something failed. 5: the webhook cannot be reached.

**One cause, one finding.** A check compares: where the ordinary event of the same type fails too, the cause is
another, and `every-event` reports it. What is slow is sent once more, and only what is slow twice counts. The rules of
one answer ([rules](rules.md)) are applied to all the traffic of a run, and told once for each event type.

**WebSocket.** `aiflow check ws://...` opens one connection for each call. Nothing on a WebSocket says that there is no
answer, so aiflow learns first which events the bot answers and waits for those up to the budget; 50 ms of quiet end
every other. Checks then run ten at a time. A refused secret is a handshake with 401 or 403, or one of the close codes
1008, 3000, 3003, 4401 and 4403. What is no event may be ignored, or answered by closing with 1002, 1003, 1007, 1008,
1009 or 44xx; 1011 and a line that just breaks count as a crash."""

_FUZZ = """## Fuzzing

`aiflow check --fuzz` plays calls that nobody thought of, as long as `--examples` and `--time` allow. It needs the extra
`test`: `pip install 'aiflow-cli[test]'`.

- The caller speaks into the greeting, storms the keys, stays silent until every timeout has passed, hangs up at any
  moment, also while an answer is under way.
- The network delivers an event twice, or after the one behind it.
- A stranger who knows the secret sends bytes, cut and spoilt events, and JSON of any shape.

An event that comes when it should, and once, must be answered with 2xx and with actions that keep every rule of
severity error. Everything else may be refused; but nothing may crash the bot, and no answer may hold a stack trace or
the secret.

What breaks the bot is shrunk to the shortest such call and saved in `fuzz/` (`--save DIR`): as a recording for
`aiflow replay`, and as a call file for `aiflow call --script` and `aiflow test`. A call file holds what a caller does;
what only a network or a stranger does is told in its first lines. `--seed N` finds the same again, as long as the bot
answers the same way; a failure that does not come back every time is reported with these words."""


def _groups() -> Iterator[str]:
    for group, title in GROUPS.items():
        rows = [_row(check) for check in MANIFEST if check.group == group]
        head = ["| check | severity | what holds | otherwise | section |", "| --- | --- | --- | --- | --- |"]
        yield "\n".join([f"## {group}", "", f"{title}.", "", *head, *rows])


def _row(check: Check) -> str:
    only = "" if len(check.transports) == 2 else {"http": " (HTTP)", "websocket": " (WebSocket)"}[check.transports[0]]
    cells = (f"`{check.id}`{only}", check.severity, check.title, check.why, check.paragraph)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
