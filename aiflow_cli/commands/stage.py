"""Plays simulated calls for commands: reaches the bot, stores and records what was exchanged, shows what happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from aiflow_cli.commands.advice import path_hint, secret_hint
from aiflow_cli.console import OutputClosed
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, WebhookError

if TYPE_CHECKING:
    from aiflow_cli.recording.exchange import Source, Transport
    from aiflow_cli.recording.files import RecordingWriter
    from aiflow_cli.recording.redaction import Redactor
    from aiflow_cli.session.expect import Unmet
    from aiflow_cli.session.steps import Script
    from aiflow_cli.session.turns import Turn
    from aiflow_cli.simulator.call import Call, Options
    from aiflow_cli.simulator.happenings import Ended, Exchanged, Happening
    from aiflow_cli.simulator.line import Webhook
    from aiflow_cli.store.store import Store
    from aiflow_cli.transports.http import HttpWebhook
    from aiflow_cli.transports.websocket import WebSocketWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the bot is reached; ``timeout`` and ``settle`` in seconds; ``flow_id`` for the log."""

    url: str
    secret: str | None = None
    timeout: float | None = 5.0
    settle: float | None = None
    flow_id: str = "local"

    @property
    def transport(self) -> Transport:
        from aiflow_cli.transports.reach import transport_of

        return transport_of(self.url)

    def connect(self) -> HttpWebhook | WebSocketWebhook:
        """The way to the bot, by the URL's scheme."""
        from aiflow_cli.transports.reach import reach

        return reach(self.url, secret=self.secret, timeout=self.timeout, settle=self.settle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How calls are played; ``typed``: what the caller says comes from stdin, not from the script."""

    answer_time_ms: int = 0
    seed: int | None = None
    real_time: bool = False
    typed: bool = False
    source: Source = "call"


class Stage:
    """Plays calls: stores and records what was exchanged, shows what happens, remembers what went wrong."""

    def __init__(
        self,
        world: World,
        line: Line,
        plan: Plan,
        *,
        store: Store,
        recording: RecordingWriter | None = None,
        json: bool,
    ) -> None:
        self._world = world
        self._line = line
        self._plan = plan
        self._live = plan.typed and world.console.is_interactive
        self._store = store
        self._recording = recording
        self._json = json
        self._redactor = world.redactor(line.secret)
        self._ends: list[Ended] = []
        self._unmet: list[Unmet] = []
        self._errors = 0
        self._statuses: set[int | None] = set()

    def play(self, script: Script) -> None:
        """One call. Whatever interrupts it, the bot hears of its end before the interruption goes on."""
        if self._live:
            self._world.console.say("calling; /help lists what you can do, Ctrl-C hangs up")
        with ExitStack() as stack:
            webhook = self._line.connect()
            stack.callback(webhook.close)
            call = self._call(script, webhook)
            show = self._screen()
            try:
                self._watch(call.run(), script, show)
            except BaseException as error:
                self._watch(
                    call.abort(), replace(script, steps=()), Unseen() if isinstance(error, OutputClosed) else show
                )
                raise

    def _call(self, script: Script, webhook: Webhook) -> Call:
        from aiflow_cli.commands.keyboard import Terminal, piped_steps
        from aiflow_cli.simulator import play

        plan, world = self._plan, self._world
        if self._live:
            options = replace(self._options(), longest_ms=None)
            keyboard = Terminal(world.console)
            return play.live(script, webhook, keyboard, options=options, seed=plan.seed, clock=world.clock)
        return play.scripted(
            script,
            webhook,
            options=self._options(),
            seed=plan.seed,
            real_time=plan.real_time,
            clock=world.clock,
            steps=piped_steps(world.console) if plan.typed else None,
        )

    def _options(self) -> Options:
        from aiflow_cli.simulator.call import Options

        plan = self._plan
        return Options(answer_time_ms=plan.answer_time_ms, source=plan.source, flow_id=self._line.flow_id)

    def _screen(self) -> Screen:
        return Screen(self._world, json=self._json, live=self._live, redactor=self._redactor)

    def _watch(self, happenings: Iterator[Happening], script: Script, show: Show) -> None:
        from aiflow_cli.session.expect import unmet, unreached
        from aiflow_cli.simulator.happenings import Ended, Exchanged, TurnDone

        turns: list[Turn] = []
        for happening in happenings:
            missed: list[Unmet] = []
            if isinstance(happening, Exchanged):
                happening = self._keep(happening)
            elif isinstance(happening, TurnDone):
                turns.append(happening.turn)
                missed = unmet(script, happening.turn)
            elif isinstance(happening, Ended):
                self._ends.append(happening)
                missed = unreached(script, turns)
            if missed:
                self._unmet += missed
                show.unmet(happening.at_ms, missed)
            show(happening)

    def _keep(self, happening: Exchanged) -> Exchanged:
        """Store and record an exchange; gives it back without secrets and with its id."""
        exchange = self._store.append(happening.exchange)
        if self._recording is not None:
            self._recording.write(exchange, call_time_ms=happening.at_ms)
        self._errors += any(finding.severity == "error" for finding in exchange.problems)
        self._statuses.add(exchange.status)
        return replace(happening, exchange=exchange)

    def verdict(self) -> None:
        """Turn what went wrong into the exit code; the findings were shown already."""
        lost = next((ended.lost for ended in self._ends if ended.lost is not None), None)
        if lost is not None:
            answered = any(ended.events > ended.unanswered for ended in self._ends)
            what = "the bot went away in mid-call" if answered else "the bot cannot be reached"
            raise WebhookError(f"{what}: {lost}", hint=_reach_hint(answered))
        if unanswered := sum(ended.unanswered for ended in self._ends):
            limit = f"{self._line.timeout:g} s" if self._line.timeout else "the time limit"
            events = "1 event" if unanswered == 1 else f"{unanswered} events"
            raise WebhookError(f"{events} got no answer within {limit}", hint="a debugger needs --timeout 0")
        if self._statuses & {401, 403}:
            raise CheckFailed("the webhook refused the secret", hint=secret_hint(self._line.secret is not None))
        if self._statuses & {404, 405}:
            raise CheckFailed("the webhook has no such path, or takes no POST there", hint=path_hint(self._line.url))
        if self._unmet:
            count = len(self._unmet)
            raise CheckFailed(f"{count} expectation{'s' * (count > 1)} of the script not met")
        if self._errors:
            count = self._errors
            raise CheckFailed(
                f"{count} answer{'s' * (count > 1)} broke a rule", hint="docs/rules.md explains each rule"
            )


def _reach_hint(answered: bool) -> str:
    if answered:
        return "look at the bot's own log for the reason; `aiflow logs` has what was exchanged"
    return "start the bot first (its README says how), or name another one: aiflow call URL"


class Show(Protocol):
    """What is done with each happening."""

    def __call__(self, happening: Happening) -> None: ...

    def unmet(self, at_ms: int, missed: Sequence[Unmet]) -> None: ...


class Unseen:
    """Shows nothing: the reader of our output is gone, and the bot must still hear of the end."""

    def __call__(self, happening: Happening) -> None: ...

    def unmet(self, at_ms: int, missed: Sequence[Unmet]) -> None: ...


class Screen:
    """Shows happenings on the console: a chat on a terminal, plain lines in a pipe, or JSON lines."""

    def __init__(self, world: World, *, json: bool, live: bool, redactor: Redactor) -> None:
        from aiflow_cli.render.calls import CallView

        self._console = world.console
        self._json = json
        self._live = live and not json
        self._redactor = redactor
        self._view = CallView(self._console.style, timed=self._console.is_terminal, echoed=self._live)
        self._turns: list[Turn] = []

    def __call__(self, happening: Happening) -> None:
        from aiflow_cli.simulator.happenings import Ended, Speaking, TurnDone

        if isinstance(happening, TurnDone):
            self._turns.append(happening.turn)
        elif self._json:
            if not isinstance(happening, Speaking):
                self._console.json(self._redactor.value(happening.to_dict()))
        else:
            self._lines(self._view.lines(happening))
        if isinstance(happening, Ended):
            self._sum_up(happening)

    def unmet(self, at_ms: int, missed: Sequence[Unmet]) -> None:
        """Show expectations that a turn did not meet."""
        for one in missed:
            if self._json:
                self._console.json(self._redactor.value({"type": "unmet", "callTimeMs": at_ms, **one.to_dict()}))
            else:
                where = f"line {one.line}: " if one.line else ""
                self._lines(iter([f"{'':11}{self._console.style('!', 'red')}       {where}{one}"]))

    def _lines(self, lines: Iterator[str]) -> None:
        for line in lines:
            # On a terminal the line overwrites what is being typed; the terminal keeps it for the next Enter.
            self._console.out(("\r\x1b[K" if self._live else "") + self._redactor.text(line))

    def _sum_up(self, ended: Ended) -> None:
        from aiflow_cli.render.calls import summary

        self._console.say(summary(self._turns, ended))
        self._turns = []
