"""What goes over a WebSocket, as exchanges: one event frame, and the actions that come before the next one.

Nothing on the wire says that an answer is complete, and an answer must be stored before it is passed on. So
the frames that come together (within ``GATHER_SECONDS``) are one answer; what comes later, before the next
event, is stored and passed on as a push: an exchange without an event (protocol.md section 1).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.protocol.reply import Failure, Reply
from aiflow_cli.recorder.journal import Journal
from aiflow_cli.recorder.upstream import AppAnswer
from aiflow_cli.recorder.witness import Witness
from aiflow_cli.recording.exchange import Exchange

GATHER_SECONDS = 0.002
"""A bot that sends two frames at once sends them within a fraction of this; a caller hears nothing of it."""

_LATE_PUSH = Finding("late-push", "error", "the bot sent this after session_end: nobody hears it")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a WebSocket, its fragments put together."""

    data: bytes
    is_text: bool


@dataclass(slots=True)
class _Turn:
    """An event that went to the app, and what came back so far. ``body`` is None for a push."""

    body: bytes | None
    at: float
    started: float
    answer: list[Message] = field(default_factory=list)
    duration_ms: float = 0.0


class Conversation:
    """Records one connection.

    Args:
        witness: makes exchanges.
        journal: stores them.
        pass_on: gets the app's messages once they are stored, in order.
        refuse: called where they cannot be stored.
    """

    def __init__(
        self,
        witness: Witness,
        journal: Journal,
        loop: asyncio.AbstractEventLoop,
        *,
        pass_on: Callable[[Message], None],
        refuse: Callable[[], None],
    ) -> None:
        self._witness = witness
        self._journal = journal
        self._loop = loop
        self._pass_on = pass_on
        self._refuse = refuse
        self._turn: _Turn | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._session_id: str | None = None
        self._ended = False

    def event(self, message: Message) -> None:
        """An event frame is on its way to the app: what came before belongs to the one before."""
        self.settle()
        self._turn = _Turn(message.data, time.time(), time.perf_counter())

    def action(self, message: Message) -> None:
        """A frame of the app."""
        now = time.perf_counter()
        if self._turn is None:
            self._turn = _Turn(None, time.time(), now)
        self._turn.answer.append(message)
        self._turn.duration_ms = (now - self._turn.started) * 1000
        if self._gathering is None:
            self._gathering = self._loop.call_later(GATHER_SECONDS, self.settle)

    def settle(self, failure: str | None = None) -> None:
        """Store what is there, answered or not; its frames are passed on afterwards.

        Args:
            failure: why no answer can come any more.
        """
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        turn, self._turn = self._turn, None
        if turn is None:
            return

        def release(stored: bool) -> None:
            if not stored:
                return self._refuse()
            for message in turn.answer:
                self._pass_on(message)

        self._journal.add(self._exchange(turn, failure), release)

    def _exchange(self, turn: _Turn, failure: str | None) -> Exchange:
        frames = tuple(message.data for message in turn.answer)
        if failure is not None and not frames and turn.body is not None:
            reply = Reply(failure=Failure("connection-error", failure))
        else:
            reply = Reply(body=b"\n".join(frames), frames=frames, duration_ms=turn.duration_ms)
        late = (_LATE_PUSH,) if turn.body is None and self._ended else ()
        exchange = self._witness.conversed(turn.body or b"", reply, at=turn.at, findings=late)
        if turn.body is None:
            return replace(exchange, session_id=self._session_id)
        self._session_id = exchange.session_id or self._session_id
        self._ended = exchange.type == "session_end"
        return exchange

    def failed(self, failure: Failure) -> None:
        """There was no conversation: the app is not there."""
        answer = AppAnswer(None, failure, 0.0)
        self._journal.add(self._witness.answered(b"", answer, at=time.time(), transport="websocket"), lambda _: None)
