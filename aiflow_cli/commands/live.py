"""A tunnel while it lives: opened, registered, watched, shown, and put back at its end."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiflow_cli.commands.endings import Ending
from aiflow_cli.context import World
from aiflow_cli.errors import AiflowError
from aiflow_cli.tunnels.lease import Lease, look_around, take, taken_over
from aiflow_cli.tunnels.selftest import Question, SelfTest
from aiflow_cli.tunnels.watchdog import LOOK_SECONDS, Watchdog

if TYPE_CHECKING:
    from aiflow_cli.commands.registration import FlowRegistry
    from aiflow_cli.recorder.running import RunningRecorder
    from aiflow_cli.recorder.target import Target
    from aiflow_cli.recording.exchange import Exchange
    from aiflow_cli.tunnels.base import Provider

_MOST_LINES = 200
"""Exchanges that wait to be shown; what is beyond is in the log alone."""

_PAUSE_SECONDS = 0.05
"""Between two looks: a flood of lines would take the time that the recorder needs, and nobody reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do.

    Args:
        target: the user's webhook.
        provider: the way to a public URL.
        flow_id: that the exchanges belong to.
        registry: where the URL is registered; None where the user does that.
        secret: what ``X-API-TOKEN`` must be.
        timeout: seconds for the app's answer; None waits for ever.
        port: of the recorder; 0 takes a free one.
        start_timeout: seconds until the public URL has to lead here.
        take_over: also from a tunnel that lives.
        leases: folder of the leases.
        json: print JSON lines.
        keep: also told of what was stored, in the recorder's thread.
    """

    target: Target
    provider: Provider
    flow_id: str
    registry: FlowRegistry | None
    secret: str | None
    timeout: float | None
    port: int
    start_timeout: float
    take_over: bool
    leases: Path
    json: bool
    keep: Callable[[Sequence[Exchange]], None]


class Inbox:
    """What the recorder has stored and nobody has shown yet."""

    def __init__(self) -> None:
        self._waiting: deque[Exchange] = deque()
        self._missed = 0
        self._something = threading.Event()

    def put(self, exchanges: Sequence[Exchange]) -> None:
        """Called in the recorder's thread."""
        room = _MOST_LINES - len(self._waiting)
        self._waiting.extend(exchanges[: max(room, 0)])
        self._missed += max(len(exchanges) - max(room, 0), 0)
        self._something.set()

    def take(self, seconds: float) -> tuple[list[Exchange], int]:
        """What came, waiting up to ``seconds`` for it; and how many more there were no room for."""
        if self._something.wait(seconds):
            self._something.clear()
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        missed, self._missed = self._missed, 0
        return taken, missed


class LiveTunnel:
    """One run of ``aiflow tunnel``.

    Args:
        world: the outside.
        plan: what to do.
        on_ready: called with the registered URL once everything stands.
    """

    def __init__(self, world: World, plan: Plan, *, on_ready: Callable[[str], None]) -> None:
        self._world = world
        self._plan = plan
        self._on_ready = on_ready
        self._inbox = Inbox()
        self._lease: Lease | None = None
        self._url: str | None = None
        self._ending = Ending(self._forced)

    def run(self) -> None:
        """Until a signal ends it; everything is put back before this returns or raises.

        Raises:
            TunnelError: it cannot be opened, or does not stay up.
        """
        plan = self._plan
        if plan.registry is not None:
            look_around(plan.leases, plan.registry.dashboard, plan.registry.flow, take_over=plan.take_over)
        # Closed in this order: the URL is put back, the recorder finishes what is under way, the tunnel goes.
        with ExitStack() as stack:
            stack.enter_context(self._ending)
            stack.callback(plan.provider.close)
            recorder = self._recorder(stack)
            try:
                self._open(recorder)
                self._serve(recorder)
            finally:
                self._ending.begin()
                self._put_back()

    def _recorder(self, stack: ExitStack) -> RunningRecorder:
        from aiflow_cli.recorder.recorder import Recorder
        from aiflow_cli.recorder.running import running

        plan = self._plan
        store = stack.enter_context(self._world.open_store(plan.secret))

        def make() -> Recorder:
            return Recorder(
                plan.target,
                store,
                flow_id=plan.flow_id,
                secret=plan.secret,
                timeout=plan.timeout,
                on_stored=self._stored,
            )

        return stack.enter_context(running(make, port=plan.port))

    def _stored(self, exchanges: Sequence[Exchange]) -> None:
        self._plan.keep(exchanges)
        self._inbox.put(exchanges)

    def _open(self, recorder: RunningRecorder) -> None:
        plan = self._plan
        origin = plan.provider.open(recorder.port)
        url = plan.target.public_url(origin)
        self._self_test(recorder).wait(url, seconds=plan.start_timeout)
        if plan.registry is not None:
            agent = lambda: plan.provider.agent_pid  # noqa: E731
            self._lease = take(plan.leases, plan.registry, take_over=plan.take_over, agent=agent)
        self._register(url)
        self._on_ready(url)

    def _register(self, url: str) -> None:
        self._url = url
        if self._lease is not None and not self._lease.register(url):
            self._world.console.say("the flow has a URL of somebody else's meanwhile; it is left alone")

    def _self_test(self, recorder: RunningRecorder) -> SelfTest:
        from aiflow_cli.recorder.gate import SELF_TEST_HEADER

        question = Question(SELF_TEST_HEADER, recorder.self_test.question, recorder.self_test.answer)
        return SelfTest(question, clock=self._world.clock)

    def _serve(self, recorder: RunningRecorder) -> None:
        test = self._self_test(recorder)
        watchdog = Watchdog(
            self._plan.provider,
            recorder.port,
            reached=lambda: self._url is None or test.failure(self._url) is None,
            now=self._world.clock.monotonic,
            notify=self._world.console.say,
        )
        looked = self._world.clock.monotonic()
        while True:
            exchanges, missed = self._inbox.take(LOOK_SECONDS)
            self._show(exchanges, missed)
            if exchanges:
                watchdog.traffic()
                self._world.clock.sleep(_PAUSE_SECONDS)
            if self._world.clock.monotonic() - looked >= LOOK_SECONDS or not exchanges:
                self._look(watchdog, test)
                looked = self._world.clock.monotonic()

    def _look(self, watchdog: Watchdog, test: SelfTest) -> None:
        if self._lease is not None and not self._lease.is_mine():
            raise taken_over(self._lease.registry.flow)
        origin = watchdog.tick()
        if origin is None:
            return
        url = self._plan.target.public_url(origin)
        if url != self._url:
            self._moved(url, test)

    def _moved(self, url: str, test: SelfTest) -> None:
        """The tunnel has another URL now."""
        test.wait(url)
        self._register(url)
        if self._plan.json:
            return self._world.console.json({"type": "moved", "url": url, "target": self._plan.target.url})
        self._world.console.say(f"the tunnel moved: {url}")
        if self._lease is None:
            self._world.console.say("the new URL has to be pasted where the old one was")

    def _show(self, exchanges: Sequence[Exchange], missed: int) -> None:
        from aiflow_cli.render.exchanges import line

        console = self._world.console
        if self._plan.json:
            lines = [json.dumps({"type": "exchange", **e.to_dict()}, ensure_ascii=False) for e in exchanges]
        else:
            lines = [line(exchange, console.style) for exchange in exchanges]
        if lines:
            # One write for all that came together: each one more would hold the recorder's thread up.
            console.out("\n".join(lines))
        if missed:
            console.say(f"{missed} more were too fast to be shown; `aiflow logs` has them")

    # -- the end ---------------------------------------------------------------------------------------

    def _put_back(self) -> None:
        if self._lease is None:
            return
        lease, flow = self._lease, self._lease.registry.flow
        try:
            ending = lease.end()
        except AiflowError as error:
            self._world.console.say(f"the flow {flow} still has the URL {self._url}: {error.message}")
            self._world.console.say("put the former one back with: aiflow tunnel --restore")
            return
        self._lease = None
        if ending is None:
            return
        if ending.restored:
            self._world.console.say(f"the flow {flow} has its former URL again: {ending.former}")
        else:
            self._world.console.say(f"the flow {flow} was given another URL meanwhile, {ending.url}; it keeps that")

    def _forced(self) -> None:
        """The second Ctrl-C: say what is left, take the tunnel's program along."""
        pid = self._plan.provider.agent_pid
        if pid is not None:
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        self._world.console.say("forced: what was under way is cut off")
        if self._lease is not None:
            flow = self._lease.registry.flow
            self._world.console.say(
                f"the flow {flow} may still have the URL {self._url}; put the former one back: aiflow tunnel --restore"
            )
