"""Calls do not get in each other's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from aiflow_cli.conformance.check import Breach, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.drive import Played, play
from aiflow_cli.conformance.moves import Move, in_words
from aiflow_cli.conformance.probe import Call, Probe
from aiflow_cli.conformance.simultaneous import at_once
from aiflow_cli.conformance.traffic import Sent
from aiflow_cli.protocol.rules import BUDGET_MS

CALLS_AT_ONCE = 10
_ROUNDS = 3
_PATIENCE = 2 * BUDGET_MS / 1000

_WHOLE_CALLS = (
    (Move("say", "Hello"), Move("interrupt", "Wait, stop", 300), Move("press", "1#"), Move("say", "Goodbye")),
    (Move("wait", ms=30_000), Move("wait", ms=30_000), Move("press", "0"), Move("hang_up")),
    tuple(Move("say", text) for text in ("Hello", "One more thing", "And another", "And one more", "That was all")),
)


@check(
    "whole-calls",
    "calls",
    "error",
    "3",
    "Whole calls are answered from start to end",
    "Interruptions, silence and a fifth sentence come only in a call that goes on.",
)
def whole_calls(probe: Probe) -> Iterator[Breach]:
    """Simulated: what the bot says is played in virtual time, with the events and timeouts that follow."""
    calls = at_once(probe, [partial(play, probe, moves) for moves in _WHOLE_CALLS])
    for moves, played in zip(_WHOLE_CALLS, calls, strict=True):
        yield from expect.first(_broken_off(probe, played, in_words(moves)))


def _broken_off(probe: Probe, played: Sequence[Played], told: str) -> Iterator[Breach]:
    for number, one in enumerate(played, 1):
        for breach in expect.accepted(one.sent):
            if not _fails_alone(probe, one.sent):
                steps = tuple(before.sent for before in played[:number])
                yield replace(breach, message=f"{breach.message} ({told})", steps=steps)


def _fails_alone(probe: Probe, sent: Sent) -> bool:
    """The same event is refused in a call of its own: then another check is about it."""
    event = sent.request.event or {}
    with probe.call(start=event.get("type") != "session_start") as call:
        alone = call.deliver(event | {"session": call.session})
    return expect.told_off(alone)


@check(
    "mid-call",
    "calls",
    "error",
    "2",
    "An event of a call whose start was never seen is no crash",
    "A bot that is restarted during a call gets the rest of it.",
)
def mid_call(probe: Probe) -> Iterator[Breach]:
    for kind in probe.event_types:
        if kind != "session_start":
            with probe.call(start=False, end=False) as call:
                sent = call.send(kind)
                if sent.crashed:
                    yield from expect.as_well(probe, sent, "without a session_start")


@check(
    "interleaved-calls",
    "calls",
    "error",
    "4",
    "Two calls that take turns are not mixed",
    "One caller would hear what the other one said.",
    owns=("session-id",),
    alone=True,
)
def interleaved_calls(probe: Probe) -> Iterator[Breach]:
    with probe.call() as one, probe.call() as two:
        steps = [one.say("My name is Zanzibar"), two.say("My name is Quixote")]
        steps += [one.say("What is my name?"), two.say("What is my name?")]
    yield from expect.first(_mixed(steps, one, two))


@check(
    "overlapping-calls",
    "calls",
    "error",
    "4",
    "Two calls at the same moment are not mixed",
    "One caller would hear what the other one said, but only when it is busy.",
    owns=("session-id",),
    alone=True,
)
def overlapping_calls(probe: Probe) -> Iterator[Breach]:
    for _ in range(_ROUNDS):
        with probe.call() as one, probe.call() as two:
            steps = at_once(probe, [lambda: one.say("My name is Zanzibar"), lambda: two.say("My name is Quixote")])
        found = list(expect.first(_mixed(steps, one, two, at_once=True)))
        if found:
            yield from found
            return


def _mixed(steps: Sequence[Sent], one: Call, two: Call, *, at_once: bool = False) -> Iterator[Breach]:
    """An answer that carries the other call's id, or words that only the other caller said."""
    ids = {one.id: two.id, two.id: one.id}
    foreign = {one.id: "quixote", two.id: "zanzibar"}
    for number, sent in enumerate(steps, 1):
        mine = str(sent.delivery.session_id)
        told = tuple(steps) if at_once else tuple(steps[:number])
        if any(action.get("session_id") == ids[mine] for action in sent.actions):
            yield Breach("the answer to one call carries the session_id of the other", told, at_once)
        elif foreign[mine] in expect.spoken(sent):
            yield Breach(f'one caller hears "{foreign[mine]}", which only the other one said', told, at_once)


@check(
    "parallel-calls",
    "calls",
    "error",
    "1",
    f"{CALLS_AT_ONCE} calls at once are answered within the budget",
    "A bot that does one thing at a time leaves the last caller in silence.",
    owns=("session-id", "slow-answer"),
    alone=True,
)
def parallel_calls(probe: Probe) -> Iterator[Breach]:
    # A machine may be busy for a moment: only a bot that is late twice is late.
    breaches = list(_round(probe))
    yield from _round(probe) if breaches else ()


def _round(probe: Probe) -> Iterator[Breach]:
    with ExitStack() as stack:
        talks = bool(stack.enter_context(probe.call()).say("Hello", patience=_PATIENCE).actions)
        calls = [stack.enter_context(probe.call(start=False)) for _ in range(CALLS_AT_ONCE)]
        at_once(probe, [call.start for call in calls])
        # Where a WebSocket says nothing, only waiting tells a silent bot from a late one.
        steps = at_once(probe, [_saying(call, "Hello", patience=_PATIENCE if talks else None) for call in calls])
    failed = [sent for sent in steps if not sent.accepted or (talks and not sent.actions)]
    if failed:
        silent = "left in silence" if failed[0].accepted else failed[0].outcome
        message = f"{len(failed)} of {len(steps)} calls at once failed: user_speak was {silent}"
        yield Breach(message, _ending_with(steps, failed[0]), at_once=True)
        return
    slowest = max(steps, key=lambda sent: sent.reply.duration_ms)
    if slowest.reply.duration_ms > BUDGET_MS:
        late = sum(sent.reply.duration_ms > BUDGET_MS for sent in steps)
        message = f"{late} of {len(steps)} calls at once were answered after more than {BUDGET_MS:.0f} ms"
        yield Breach(
            f"{message}, the last after {slowest.reply.duration_ms:.0f} ms", _ending_with(steps, slowest), True
        )


def _saying(call: Call, text: str, *, patience: float | None) -> Callable[[], Sent]:
    return lambda: call.say(text, patience=patience)


def _ending_with(steps: Sequence[Sent], last: Sent) -> tuple[Sent, ...]:
    return (*(sent for sent in steps if sent is not last), last)
