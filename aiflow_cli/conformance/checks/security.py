"""Nothing of the inside is shown, whatever was sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from aiflow_cli.conformance.check import Breach, check
from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.leaks import find_leak
from aiflow_cli.conformance.probe import Probe


@check(
    "debug-console",
    "security",
    "error",
    "1",
    "No debug console is open",
    "Behind a public URL it lets anybody run code on the machine.",
    transports=("http",),
)
def debug_console(probe: HttpProbe) -> Iterator[Breach]:
    parts = urlsplit(probe.url)
    sent = probe.get(urlunsplit((parts.scheme, parts.netloc, "/console", "", "")))
    if sent.reply.status == 200 and b"Interactive Console" in sent.reply.body:
        yield Breach("/console answers with an interactive console (Flask's debug mode)", (sent,))


@check(
    "secret-leak",
    "security",
    "error",
    "1",
    "The secret is in no answer",
    "Answers are logged and shown, by the service and by proxies.",
    listens=True,
)
def secret_leak(probe: Probe) -> Iterator[Breach]:
    for sent in list(probe.sent):
        if sent.told_secret:
            yield Breach(f"the answer to {sent.request.name} holds the secret", (sent,))
            return


@check(
    "stack-trace",
    "security",
    "error",
    "1",
    "No answer holds a stack trace or a debugger page",
    "It tells an attacker paths, versions and code, and a debugger runs theirs.",
    listens=True,
)
def stack_trace(probe: Probe) -> Iterator[Breach]:
    seen: set[str] = set()
    for sent in list(probe.sent):
        leak = find_leak(sent.reply.body)
        if leak is not None and leak not in seen and sent.check != "debug-console":
            seen.add(leak)
            yield Breach(f"the answer to {sent.request.name} holds {leak}", (sent,))
