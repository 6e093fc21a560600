"""Plays moves against a webhook with the session core: the bot's actions are carried out, and time is virtual.

Unlike the simulator's calls, these may be hostile: events come twice, late, or while an answer is under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from aiflow_cli.conformance.http_probe import HttpProbe
from aiflow_cli.conformance.moves import SESSION, Move
from aiflow_cli.conformance.probe import Call, Probe
from aiflow_cli.conformance.simultaneous import at_once
from aiflow_cli.conformance.traffic import Sent
from aiflow_cli.session.effects import Deliver, Effect
from aiflow_cli.session.session import CallSession

_MOST_DELIVERIES = 200
"""A bot can talk to itself for ever; then the caller hangs up."""

_REPLY_TO_NONSENSE = 0.3
"""Seconds to wait for a frame after what is no event (WebSocket)."""

_LONGEST_PLAYBACKS = 20
"""So many events a caller waits for a turn, before they speak all the same."""


@dataclass(frozen=True, slots=True)
class Played:
    """One delivery of a played call.

    Args:
        at_ms: call time.
        lawful: the event came when it should and once: its answer must be right in every way.
    """

    sent: Sent
    at_ms: int
    lawful: bool


class Drive:
    """One call, move by move.

    Args:
        call: not yet begun.
    """

    def __init__(self, probe: Probe, call: Call) -> None:
        self.played: list[Played] = []
        self._probe = probe
        self._call = call
        websocket = probe.transport == "websocket"
        self._session = CallSession(call.session, epoch_ms=probe.now_ms(), voice_activity=websocket)
        self._effects: deque[Effect] = deque()
        self._held: Deliver | None = None
        self._hold_next = False
        self._vanishing = False

    def run(self, moves: Sequence[Move]) -> list[Played]:
        """The whole call: connect, the moves, hang up."""
        self._carry_out(self._session.connect())
        for move in moves:
            if self._lost:
                break
            self._do(move)
        self._flush()
        if not self._session.over and not self._lost:
            self._carry_out(self._session.hang_up())
        return self.played

    # -- moves ----------------------------------------------------------------------------------------

    def _do(self, move: Move) -> None:
        if move.kind == "again":
            self._again()
        elif move.kind == "hostile":
            self._attack(move.body.replace(SESSION.encode(), self._call.id.encode()))
        elif not self._session.over:
            self._act(move)

    def _act(self, move: Move) -> None:
        """What only somebody in a call can do."""
        if move.kind in ("say", "vanish", "wait"):
            self._wait_for_turn()
        match move.kind:
            case "say":
                self._say(move.text)
            case "interrupt":
                self._let_pass(move.ms if self._session.playing is not None else 0)
                self._say(move.text)
            case "vanish":
                self._vanishing = True
                self._say(move.text)
                self._vanishing = False
            case "press":
                self._press(move.text)
            case "wait":
                self._let_pass(move.ms)
            case "hang_up":
                self._carry_out(self._session.hang_up())
            case "swap":
                self._hold_next = True

    def _press(self, keys: str) -> None:
        for key in keys:
            if not self._session.over:
                self._carry_out(self._session.press(key))

    def _say(self, text: str) -> None:
        if self._session.over:
            return
        self._carry_out(self._session.say(text))
        while self._session.words is not None and not self._session.over:
            self._advance()

    def _wait_for_turn(self) -> None:
        enough = len(self.played) + _LONGEST_PLAYBACKS
        while not self._session.floor_is_free and not self._session.over and self._session.wake_at is not None:
            if len(self.played) >= enough:
                return
            self._advance()

    def _let_pass(self, ms: int) -> None:
        until = self._session.now + ms
        while not self._session.over and (wake := self._session.wake_at) is not None and wake <= until:
            self._advance()
        if not self._session.over:
            self._carry_out(self._session.advance(until))

    def _advance(self) -> None:
        wake = self._session.wake_at
        assert wake is not None, "somebody speaks, so something is to come"
        self._carry_out(self._session.advance(wake))

    # -- deliveries -----------------------------------------------------------------------------------

    @property
    def _lost(self) -> bool:
        """A WebSocket that is closed stays closed."""
        return self._probe.transport == "websocket" and bool(self.played) and self.played[-1].sent.refusal is not None

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        self._effects.extend(effects)
        while self._effects:
            effect = self._effects.popleft()
            if isinstance(effect, Deliver) and not self._lost:
                self._deliver(effect)

    def _deliver(self, deliver: Deliver) -> None:
        if self._vanishing and deliver.event["type"] == "user_speak":
            return self._vanish(deliver)
        if self._hold_next and deliver.event["type"] != "session_end":
            self._hold_next, self._held = False, deliver
            self._effects.extend(self._session.answer(()))
            return
        sent = self._send(deliver, lawful=self._held is None)
        self._flush()
        exhausted = len(self.played) >= _MOST_DELIVERIES and not self._session.over
        if exhausted:
            self._effects.extend(self._session.hang_up())
        actions = [read.action for read in sent.delivery.answer.actions if read.action is not None]
        self._effects.extend(self._session.answer(actions))

    def _send(self, deliver: Deliver, *, lawful: bool) -> Sent:
        sent = self._call.deliver(deliver.event)
        self.played.append(Played(sent, deliver.at, lawful))
        return sent

    def _flush(self) -> None:
        """What was held back comes now, out of order."""
        held, self._held = self._held, None
        if held is not None and not self._lost:
            self._send(held, lawful=False)

    def _vanish(self, deliver: Deliver) -> None:
        """The caller is gone while the answer is under way: both events are there at once."""
        self._vanishing = False
        self._effects.extend(self._session.hang_up())
        self._effects.extend(self._session.answer(()))
        ends = [effect for effect in self._effects if isinstance(effect, Deliver)]
        self._effects.clear()
        self._session.answer(())
        events = [deliver.event, *(end.event for end in ends)]
        jobs = [partial(self._call.deliver, event) for event in events]
        answers = [job() for job in jobs] if self._probe.transport == "websocket" else at_once(self._probe, jobs)
        self.played += [Played(sent, deliver.at, lawful=False) for sent in answers]

    def _again(self) -> None:
        lawful = [played for played in self.played if played.sent.request.event is not None]
        if lawful:
            event = lawful[-1].sent.request.event
            assert event is not None
            self.played.append(Played(self._call.deliver(event), self._session.now, lawful=False))

    def _attack(self, body: bytes) -> None:
        sent = self._probe.request(body) if isinstance(self._probe, HttpProbe) else self._attack_frame(body)
        self.played.append(Played(sent, self._session.now, lawful=False))

    def _attack_frame(self, body: bytes) -> Sent:
        from aiflow_cli.conformance.websocket_probe import WebSocketCall

        assert isinstance(self._call, WebSocketCall)
        try:
            message: str | bytes = body.decode()
        except UnicodeDecodeError:
            message = body
        # Waited for longer than usual: what is said to it must not be taken for the answer to the next event.
        return self._call.post(message, patience=_REPLY_TO_NONSENSE)


def play(probe: Probe, moves: Sequence[Move]) -> list[Played]:
    """Play one call; what was sent and what came back."""
    with probe.call(start=False, end=False) as call:
        return Drive(probe, call).run(moves)


__all__ = ["Drive", "Played", "play"]
