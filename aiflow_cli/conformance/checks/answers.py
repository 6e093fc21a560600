"""Every answer keeps the protocol's rules: the rules of one exchange, applied to all the traffic of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiflow_cli.conformance.check import BOTH, CHECKS, Breach, Run, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.conformance.simultaneous import at_once
from aiflow_cli.conformance.traffic import Sent
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.rules import BUDGET_MS, RULES

ELSEWHERE = {
    "http-status": "every-event and all other checks that expect a status",
    "unknown-event": "it is about the event, and here aiflow sent that itself",
}
"""Rules of one exchange that are no check of their own, and why."""

_HTTP_ALONE = {"body-too-large"}
"""A WebSocket has a limit for frames of its own, and is closed beyond it."""

_PAUSE = '<break time="600s"/>'


@check(
    "ssml-escaped",
    "answers",
    "error",
    "4",
    "SSML that is built from the caller's words is escaped",
    "The voice fails on a & or <, and a caller could insert markup of their own.",
    owns=("ssml",),
)
def ssml_escaped(probe: Probe) -> Iterator[Breach]:
    for text in ("Tom & <Jerry>", f"Tom {_PAUSE} Jerry"):
        with probe.call() as call:
            yield from expect.first(_unescaped(call.say(text)))
        with probe.call() as call:
            yield from expect.first(_unescaped(call.send("user_speak", text=..., transcript=text)))


def _unescaped(sent: Sent) -> Iterator[Breach]:
    words = sent.request.event or {}
    said = words.get("text") or words.get("transcript")
    for finding in sent.findings:
        if finding.rule == "ssml":
            yield Breach(f'the caller said "{said}", and {finding.message}', (sent,), path=finding.path)
    for read in sent.delivery.answer.actions:
        if _PAUSE in str(read.raw.get("ssml", "")):
            yield Breach(
                f"the caller said {_PAUSE}, and it became markup of the answer", (sent,), path=f"{read.path}.ssml"
            )


def _listener(rule: str) -> Run:
    def listen(probe: Probe) -> Iterator[Breach]:
        return _once_each(
            (sent, found) for sent in _judged(probe, rule) for found in sent.findings if found.rule == rule
        )

    return listen


def _judged(probe: Probe, rule: str) -> Iterator[Sent]:
    """Lawful events, but not those of a check that reports this rule itself."""
    for sent in list(probe.sent):
        # What was sent before the first check, to see who is there, belongs to none.
        owned = CHECKS[sent.check].owns if sent.check else ()
        if sent.request.event is not None and sent.request.heeded and rule not in owned:
            yield sent


def _once_each(found: Iterator[tuple[Sent, Finding]]) -> Iterator[Breach]:
    """The first of each event type: a bot repeats its mistakes."""
    seen: set[str] = set()
    for sent, finding in found:
        if sent.request.name not in seen:
            seen.add(sent.request.name)
            yield Breach(f"{sent.request.name}: {finding.message}", (sent,), path=finding.path)


def _slow_answer(probe: Probe) -> Iterator[Breach]:
    """Slow twice: a machine may be busy for a moment."""
    if probe.transport == "websocket":
        yield from _late_frames(probe)
        return
    for breach in list(_listener("slow-answer")(probe)):
        event = breach.steps[-1].request.event or {}
        with probe.call(event["session"] | {"id": probe.fresh_id()}, start=event["type"] != "session_start") as call:
            again = call.deliver(event | {"session": call.session})
        if any(finding.rule == "slow-answer" for finding in again.findings) or not again.accepted:
            yield breach


def _late_frames(probe: Probe) -> Iterator[Breach]:
    """On a WebSocket an answer that is not there yet looks like none, so the usual events are waited for."""
    for sent in at_once(probe, [_waited_for(probe, kind) for kind in ("session_start", "user_speak", "dtmf_received")]):
        if sent.actions and sent.reply.duration_ms > BUDGET_MS:
            took = f"the answer took {sent.reply.duration_ms:.0f} ms; the budget is {BUDGET_MS:.0f} ms"
            yield Breach(f"{sent.request.name}: {took}", (sent,))


def _waited_for(probe: Probe, kind: str) -> Callable[[], Sent]:
    def deliver() -> Sent:
        with probe.call(start=kind != "session_start") as call:
            event = call.event(kind, digit="#") if kind == "dtmf_received" else call.event(kind)
            return call.deliver(event, patience=2 * BUDGET_MS / 1000)

    return deliver


for _rule in RULES.values():
    if _rule.id not in ELSEWHERE:
        _run = _slow_answer if _rule.id == "slow-answer" else _listener(_rule.id)
        _words = (_rule.id, "answers", _rule.severity, _rule.paragraph, _rule.title, _rule.why)
        check(*_words, listens=True, transports=("http",) if _rule.id in _HTTP_ALONE else BOTH)(_run)
