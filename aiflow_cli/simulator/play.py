"""The simulator's front door: a script and a webhook in, what happens out.

with HttpWebhook(url) as webhook:
    for happening in play(script, webhook):
        ...
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aiflow_cli.clock import Clock, SystemClock
from aiflow_cli.session.steps import Script, Step
from aiflow_cli.simulator.call import Call, Options
from aiflow_cli.simulator.caller import LiveCaller, PromptedCaller, ScriptedCaller
from aiflow_cli.simulator.happenings import Happening
from aiflow_cli.simulator.identity import identify
from aiflow_cli.simulator.line import Webhook
from aiflow_cli.simulator.pace import Keyboard, RealPace, VirtualPace


def scripted(
    script: Script,
    webhook: Webhook,
    *,
    options: Options | None = None,
    seed: int | None = None,
    real_time: bool = False,
    clock: Clock | None = None,
    steps: Iterable[Step] | None = None,
    session_id: str | None = None,
) -> Call:
    """A call that follows a script.

    Args:
        options: answer time, source and limits.
        seed: fixes ids and times.
        real_time: wait as long as the call would; the transcript is the same.
        session_id: of the call, where somebody else gave it one.
        steps: taken one by one in place of the script's, as they come from a pipe.
    """
    clock = clock or SystemClock()
    caller = ScriptedCaller(script.steps) if steps is None else ScriptedCaller(steps, patient=True)
    pace = RealPace(clock) if real_time else VirtualPace()
    identity = identify(script, now=clock.now, seed=seed, session_id=session_id)
    return Call(webhook, caller, identity, options=options, pace=pace)


def prompted(
    script: Script,
    webhook: Webhook,
    caller: PromptedCaller,
    *,
    options: Options | None = None,
    clock: Clock | None = None,
) -> Call:
    """A call in virtual time that a program leads step by step; the script says only who calls whom."""
    clock = clock or SystemClock()
    return Call(webhook, caller, identify(script, now=clock.now), options=options, pace=VirtualPace())


def live(
    script: Script,
    webhook: Webhook,
    keyboard: Keyboard,
    *,
    options: Options | None = None,
    seed: int | None = None,
    clock: Clock | None = None,
) -> Call:
    """A call in real time that a person leads at a keyboard; the script says only who calls whom."""
    clock = clock or SystemClock()
    return Call(
        webhook,
        LiveCaller(),
        identify(script, now=clock.now, seed=seed),
        options=options,
        pace=RealPace(clock, hold=True),
        keyboard=keyboard,
    )


def play(
    script: Script,
    webhook: Webhook,
    *,
    options: Options | None = None,
    seed: int | None = None,
    real_time: bool = False,
    clock: Clock | None = None,
) -> Iterator[Happening]:
    """Run a scripted call and yield what happens, ending with ``Ended``.

    A WebSocket is closed at the end, for it is one connection per call, and opened anew by the next one. An HTTP
    webhook keeps its connection for further calls; who made it closes it.
    """
    return scripted(script, webhook, options=options, seed=seed, real_time=real_time, clock=clock).run()
