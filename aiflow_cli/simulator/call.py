"""One simulated call: a session, a webhook, a caller and a pace, driven until the call is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiflow_cli.protocol.actions import Action
from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.rules import Delivery
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange, Source, observe
from aiflow_cli.session import effects as effect
from aiflow_cli.session.session import CallSession
from aiflow_cli.session.timing import heard_part
from aiflow_cli.simulator.caller import PAUSE, Caller, LiveCaller, Move
from aiflow_cli.simulator.happenings import (
    Ended,
    Exchanged,
    Happening,
    Heard,
    Noted,
    Paused,
    Said,
    Speaking,
    TurnDone,
)
from aiflow_cli.simulator.identity import Identity
from aiflow_cli.simulator.line import Line, Pushing, Webhook
from aiflow_cli.simulator.pace import Keyboard, Pace, VirtualPace
from aiflow_cli.simulator.pace import Source as WaitSource
from aiflow_cli.simulator.tally import Tally

LATE_PUSH = "late-push"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a call is simulated.

    Args:
        answer_time_ms: virtual milliseconds that an answer takes.
        source, flow_id: for the exchange log.
        longest_ms: the caller hangs up after so much call time; None for a person, who decides alone.
        most_events: the caller hangs up after so many events: a bot can talk to itself for ever.
    """

    answer_time_ms: int = 0
    source: Source = "call"
    flow_id: str = LOCAL_FLOW
    longest_ms: int | None = 3_600_000
    most_events: int = 10_000


class Call:
    """One call. Iterate ``run``; if that is interrupted, iterate ``abort``, and the bot still hears of the end."""

    def __init__(
        self,
        webhook: Webhook,
        caller: Caller,
        identity: Identity,
        *,
        options: Options | None = None,
        pace: Pace | None = None,
        keyboard: Keyboard | None = None,
    ) -> None:
        self.options = options or Options()
        self._webhook = webhook
        self._caller = caller
        self._identity = identity
        self._pace: Pace = pace or VirtualPace()
        self._keyboard = keyboard
        self._line = Line(webhook) if isinstance(webhook, Pushing) else None
        self._sources: list[WaitSource] = [source for source in (self._line, keyboard) if source is not None]
        self.session = CallSession(
            identity.session, epoch_ms=identity.epoch_ms, voice_activity=webhook.kind == "websocket"
        )
        self.tally = Tally(self.options.answer_time_ms)
        self._effects: deque[effect.Effect] = deque()
        self._answer: Sequence[Action] | None = None
        self._answer_at = 0
        self._over: effect.Over | None = None
        self._lost: str | None = None
        self._done = False

    # -- running --------------------------------------------------------------------------------------

    def run(self) -> Iterator[Happening]:
        """The whole call."""
        yield from self._tell(self.session.connect())
        while not self._is_complete():
            yield from self._give_up() if self._exhausted() else self._step()
        yield from self._end()

    def abort(self) -> Iterator[Happening]:
        """The caller hangs up now, whatever is going on; ``session_end`` is delivered."""
        if self._done or self.session.state == "new":
            return
        self._answer = None
        self._effects.extend(self.session.hang_up())
        waiting = any(isinstance(one, effect.Deliver) for one in self._effects)
        if self.session.in_flight and not waiting:
            self._effects.extend(self.session.answer(()))
        yield from self._tell(())
        while not self._is_complete():
            yield from self._step()
        yield from self._end()

    def _is_complete(self) -> bool:
        return self.session.over and not self.session.in_flight

    def _exhausted(self) -> bool:
        longest = self.options.longest_ms
        too_long = longest is not None and self.session.now >= longest
        return not self.session.over and (too_long or self.tally.events >= self.options.most_events)

    def _give_up(self) -> Iterator[Happening]:
        many = self.tally.events >= self.options.most_events
        reached = f"{self.tally.events} events" if many else f"{self.session.now // 60_000} minutes"
        yield Noted(at_ms=self.session.now, message=f"the caller hangs up: {reached}, and no end")
        yield from self._tell(self.session.hang_up())

    def _step(self) -> Iterator[Happening]:
        """The next thing that happens, in this order at the same moment: the session's, an answer, the caller's."""
        session = self.session
        answer_at = self._answer_at if self._answer is not None else None
        caller_at = self._caller.next_at(session)
        moments = [at for at in (session.wake_at, answer_at, caller_at) if at is not None]
        until = min(moments, default=None)
        came_at = self._pace.wait(session.now, until, self._sources)
        if came_at is not None:
            yield from self._tell(session.advance(came_at))
            yield from self._take_what_came()
        elif until is None:
            # Neither side has anything left to do: only a caller without a next step comes here.
            yield from self._tell(session.hang_up())
        elif until == session.wake_at:
            yield from self._tell(session.advance(until))
        elif until == answer_at:
            yield from self._tell(session.advance(until))
            self._apply_answer()
            yield from self._tell(())
        else:
            yield from self._tell(session.advance(until))
            yield from self._act()

    def _act(self) -> Iterator[Happening]:
        move = self._caller.move(self.session)
        if move is None:
            return
        if move is PAUSE:
            yield Paused(at_ms=self.session.now, turn=self.tally.turn)
            return
        if move.opens:
            yield from self._turn_over()
        yield self._said(move)
        if move.note:
            yield Noted(at_ms=self.session.now, message=move.note)
        self.tally.begin(move.step, self.session.now, move.words_ms, opens=move.opens)
        yield from self._tell(move.act(self.session))

    def _said(self, move: Move) -> Said:
        lasts = move.step.ms if move.step.kind == "silence" else move.words_ms or 0
        over = self.session.playing is not None and move.step.kind in ("say", "barge_in")
        return Said(at_ms=self.session.now, kind=move.step.kind, text=move.text, ms=lasts, over=over)

    def _turn_over(self) -> Iterator[Happening]:
        turn = self.tally.finish()
        if turn is not None:
            yield TurnDone(at_ms=self.session.now, turn=turn)

    def _end(self) -> Iterator[Happening]:
        if self._done:
            return
        self._done = True
        if self._line is not None:
            # One connection per call; the next call opens its own.
            self._webhook.close()
        over = self._over
        assert over is not None, "a call that is complete is over"
        yield from self._turn_over()
        yield Ended(
            at_ms=over.at,
            reason=over.reason,
            target=over.target,
            events=self.tally.events,
            unanswered=self.tally.unanswered,
            lost=self._lost,
        )

    # -- effects --------------------------------------------------------------------------------------

    def _tell(self, effects: Sequence[effect.Effect]) -> Iterator[Happening]:
        """Carry effects out. Those that follow from them join the end of the line: no recursion, however long."""
        self._effects.extend(effects)
        while self._effects:
            match one := self._effects.popleft():
                case effect.Deliver():
                    yield from self._deliver(one)
                case effect.Playing():
                    yield self._speaking(one)
                case effect.Heard():
                    yield self._heard(one)
                case effect.Dropped():
                    yield Noted(at_ms=one.at, message=f"never heard: {one.playback.text or '(audio)'}")
                case effect.Unheard():
                    yield Noted(at_ms=one.at, message=f"the bot does not hear this: {one.why}")
                case effect.Refused():
                    # Its other reasons are findings of the exchange already.
                    if self.session.over and self._over is not None:
                        yield Noted(at_ms=one.at, message=f"{one.action.type} is not carried out: {one.why}")
                case effect.Over():
                    self._over = one
                    self.tally.over(one)

    def _speaking(self, one: effect.Playing) -> Speaking:
        turn, first = self.tally.playing(one)
        return Speaking(
            at_ms=one.at,
            text=one.playback.text,
            duration_ms=one.playback.duration_ms,
            silence_ms=turn.silence_ms if first else None,
            felt_ms=turn.felt_ms if first else None,
        )

    def _heard(self, one: effect.Heard) -> Heard:
        playback = one.playback
        heard = heard_part(playback.text, one.at - one.began, playback.duration_ms) if one.cut_by else playback.text
        silence, felt = self.tally.heard(one, heard)
        return Heard(
            at_ms=one.at,
            began_ms=one.began,
            text=playback.text,
            duration_ms=playback.duration_ms,
            heard=heard,
            cut_by=one.cut_by,
            silence_ms=silence,
            felt_ms=felt,
        )

    # -- the webhook ----------------------------------------------------------------------------------

    def _deliver(self, one: effect.Deliver) -> Iterator[Happening]:
        with self._pace.delivering():
            reply = self._webhook.deliver(one.event)
        exchange, actions = self._observe(one.event, reply)
        was_over = self.session.over
        self.tally.delivered(exchange, one.at)
        yield Exchanged(at_ms=one.at, exchange=exchange)
        if reply.failure is not None and reply.failure.kind == "connection-error":
            # A bot on a WebSocket that hangs up and closes the line has not gone away in mid-call.
            if not (was_over and self._line is not None):
                self._lost = self._lost or reply.failure.message
            self._effects.extend(self.session.lose())
            return
        self._answer, self._answer_at = actions, self.session.now + self.options.answer_time_ms
        if self._exhausted():
            # Not in the loop of ``run``: a bot that talks to itself at one moment never gets there.
            self._effects.extend(self.session.hang_up())
        if self.options.answer_time_ms == 0 or self.session.over:
            self._apply_answer()

    def _observe(
        self, event: dict[str, Any] | None, reply: Reply, findings: Sequence[Finding] = ()
    ) -> tuple[Exchange, list[Action]]:
        answer = Delivery(event, reply).answer
        exchange = observe(
            event,
            reply,
            flow_id=self.options.flow_id,
            at=self._identity.at(self.session.now),
            source=self.options.source,
            url=self._webhook.url,
            transport=self._webhook.kind,
            answer=answer,
            findings=findings,
        )
        return exchange, [read.action for read in answer.actions if read.action is not None]

    def _apply_answer(self) -> None:
        actions, self._answer = self._answer or (), None
        self.tally.answered(actions, over=self.session.over)
        self._effects.extend(self.session.answer(actions))

    def _take_what_came(self) -> Iterator[Happening]:
        if self._line is not None and (frames := self._line.take()):
            yield from self._push(frames)
        if self._line is not None and (reason := self._line.take_end()) and not self.session.over:
            self._lost = reason
            yield from self._tell(self.session.lose())
        if self._keyboard is not None and (step := self._keyboard.take()):
            assert isinstance(self._caller, LiveCaller)
            self._caller.type(step)
            if step.kind == "barge_in" and self.session.playing is None:
                yield Noted(at_ms=self.session.now, message="nobody speaks; this is said once the bot does")

    def _push(self, frames: tuple[bytes, ...]) -> Iterator[Happening]:
        """Actions that came unasked. In virtual time nobody can say when, so they are late by definition."""
        reply = Reply(body=b"\n".join(frames), frames=frames)
        findings = [] if self._pace.real else [self._late()]
        exchange, actions = self._observe(None, reply, findings)
        exchange = self.tally.pushed(exchange, self.session.id)
        yield Exchanged(at_ms=self.session.now, exchange=exchange)
        self.tally.answered(actions, over=self.session.over)
        yield from self._tell(self.session.push(actions))

    def _late(self) -> Finding:
        assert isinstance(self._webhook, Pushing)
        quiet = f"{self._webhook.settle * 1000:g} ms"
        message = f"this came after {quiet} of quiet, when the call had gone on; raise --settle if it is an answer"
        return Finding(LATE_PUSH, "warning", message)
