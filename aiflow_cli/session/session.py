"""One call, without I/O and without a clock: inputs in, effects out, time passed in.

The driver connects the call, carries out the effects, reports answers, and moves time forward to no
later than ``wake_at``. A five-minute call with timeouts and barge-in runs in a millisecond.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiflow_cli.session.effects import (
    CutBy,
    Deliver,
    Dropped,
    Effect,
    EndReason,
    Heard,
    Over,
    Playback,
    Playing,
    Refused,
    Unheard,
)
from aiflow_cli.session.playbacks import Unplayable, playback
from aiflow_cli.session.states import NEW, OVER, TABLE, IllegalMove, State, Trigger
from aiflow_cli.session.timing import VOICE_ACTIVITY_MS, interruption, spoken_ms, unheard_because

if TYPE_CHECKING:
    from aiflow_cli.protocol.actions import Action

DIGITS = frozenset("0123456789*#")


class Words:
    """What the caller is saying: from ``began`` to ``ends``; ``barged_in`` once it stopped a playback."""

    __slots__ = ("barged_in", "began", "ends", "text")

    def __init__(self, text: str, began: int, ends: int) -> None:
        self.text = text
        self.began = began
        self.ends = ends
        self.barged_in = False


class CallSession:
    """The state of one call.

    Every input returns the effects it has, in order. Times are whole milliseconds since the call connected.

    Args:
        identity: the ``session`` object of every event.
        epoch_ms: Unix milliseconds of the moment the call connects, for ``speech_started_at``.
        voice_activity: deliver ``user_speech_started`` (WebSocket only).

    Raises:
        IllegalMove: an input does not fit the state; a fault of the driver.
    """

    __slots__ = (
        "_actions",
        "_effects",
        "_handlers",
        "_outbox",
        "_timeout_ms",
        "began",
        "epoch_ms",
        "id",
        "identity",
        "in_flight",
        "interrupt_at",
        "notice_at",
        "now",
        "playback_ends",
        "playing",
        "queue",
        "quiet_since",
        "state",
        "timer_at",
        "voice_activity",
        "wake_at",
        "words",
    )

    def __init__(self, identity: Mapping[str, Any], *, epoch_ms: int = 0, voice_activity: bool = False) -> None:
        self.identity = dict(identity)
        self.id: str = identity["id"]
        self.epoch_ms = epoch_ms
        self.voice_activity = voice_activity
        self.now = 0
        self.state: State = NEW
        self.queue: deque[Playback] = deque()
        self.playing: Playback | None = None
        self.began = 0
        self.playback_ends = 0
        self.words: Words | None = None
        self.interrupt_at: int | None = None
        self.notice_at: int | None = None
        self.timer_at: int | None = None
        self.quiet_since = 0
        self.wake_at: int | None = None
        self.in_flight = False
        self._timeout_ms: int | None = None
        self._outbox: deque[dict[str, Any]] = deque()
        self._effects: list[Effect] = []
        self._handlers: dict[str, Callable[[Any], None]] = {
            "speak": self._play,
            "audio": self._play,
            "hangup": self._hangup,
            "transfer": self._transfer,
            "barge_in": self._barge_in,
        }

    @property
    def over(self) -> bool:
        """Nobody hears anything any more; ``session_end`` may still wait for its delivery."""
        return self.state is OVER

    @property
    def floor_is_free(self) -> bool:
        """Nobody speaks, nothing is queued, and no answer is awaited: the caller's turn."""
        return not (self.playing or self.words or self.in_flight or self.queue or self.state is OVER)

    # -- inputs ---------------------------------------------------------------------------------------

    def connect(self) -> list[Effect]:
        """The call begins."""
        self._move("connect")
        return self._settle()

    def advance(self, to: int) -> list[Effect]:
        """Let time pass until ``to``, no later than ``wake_at``.

        What is due at the same moment happens in a fixed order: the playback ends, the caller interrupts,
        voice activity is noticed, the caller's words end, the input timeout passes.
        """
        if to < self.now or (self.wake_at is not None and to > self.wake_at):
            raise ValueError(f"time goes from {self.now} to {self.wake_at} at most, not to {to}")
        self.now = to
        if self.playing is not None and self.playback_ends <= to:
            self._finish("played", None)
            self._play_next()
        if self.interrupt_at is not None and self.interrupt_at <= to:
            self._interrupt()
        if self.notice_at is not None and self.notice_at <= to:
            self.notice_at = None
            self._post("user_speech_started")
        if self.words is not None and self.words.ends <= to:
            self._end_words(self.words)
        if self.timer_at is not None and self.timer_at <= to:
            self.timer_at = None
            self._move("timeout")
        return self._settle()

    def say(self, text: str, *, duration_ms: int | None = None) -> list[Effect]:
        """The caller begins to speak now and has said ``text`` after ``duration_ms`` (default: its length)."""
        self._move("speech")
        self.timer_at = None
        ends = self.now + (spoken_ms(text) if duration_ms is None else duration_ms)
        self.words = Words(text, self.now, ends)
        if self.voice_activity:
            self.notice_at = min(self.now + VOICE_ACTIVITY_MS, ends)
        self._judge_overlap()
        return self.advance(self.now) if ends == self.now else self._settle()

    def press(self, digit: str) -> list[Effect]:
        """The caller presses one key. It cancels the input timeout and leaves a playback alone."""
        if digit not in DIGITS:
            raise ValueError(f"{digit!r} is not a key of a telephone")
        self._move("digit", {"digit": digit})
        self.timer_at = None
        return self._settle()

    def hang_up(self) -> list[Effect]:
        """The caller hangs up. Nothing happens where the call is over."""
        if self.state is not OVER:
            self._leave("caller_hangup", "end")
        return self._settle()

    def answer(self, actions: Sequence[Action]) -> list[Effect]:
        """What came back for the event under way: actions in order, or () for nothing or a failure."""
        if not self.in_flight:
            raise RuntimeError("no event is under way that could be answered")
        self._carry_out(actions)
        self.in_flight = False
        return self._settle()

    def push(self, actions: Sequence[Action]) -> list[Effect]:
        """Actions that came unasked (WebSocket)."""
        self._carry_out(actions)
        return self._settle()

    def lose(self) -> list[Effect]:
        """The webhook is gone: the call ends, and only ``session_end`` is still tried."""
        self.in_flight = False
        if self.state is OVER:
            return self._settle()
        self._outbox.clear()
        self._leave("webhook_lost", "end")
        return self._settle()

    # -- the machine ----------------------------------------------------------------------------------

    def _move(self, trigger: Trigger, fields: dict[str, Any] | None = None) -> None:
        """Look up what a trigger does; the only place that sets the state."""
        move = TABLE[self.state].get(trigger)
        if move is None:
            raise IllegalMove(self.state, trigger)
        self.state = move.target
        if move.delivers is not None:
            self._post(move.delivers, fields)

    def _post(self, kind: str, fields: dict[str, Any] | None = None) -> None:
        event = {"type": kind, "session": self.identity}
        if fields:
            event.update(fields)
        self._outbox.append(event)

    def _settle(self) -> list[Effect]:
        """Hand out the next event if none is under way, note the next wake-up, and give the effects."""
        if self._outbox and not self.in_flight:
            self.in_flight = True
            self._effects.append(Deliver(self.now, self._outbox.popleft()))
        wake = self.playback_ends if self.playing is not None else None
        if self.words is not None:
            for at in (self.words.ends, self.interrupt_at, self.notice_at):
                if at is not None and (wake is None or at < wake):
                    wake = at
        elif self.timer_at is not None and (wake is None or self.timer_at < wake):
            wake = self.timer_at
        self.wake_at = wake
        effects = self._effects
        self._effects = []
        return effects

    # -- playback -------------------------------------------------------------------------------------

    def _play_next(self) -> None:
        if self.playing is not None or self.state is OVER:
            return
        if not self.queue:
            self._arm()
            return
        playback = self.queue.popleft()
        self.timer_at = None
        self.playing = playback
        self.began = self.now
        self.playback_ends = self.now + playback.duration_ms
        self._timeout_ms = playback.timeout_ms
        started = {"duration_ms": playback.duration_ms, "speech_started_at": self.epoch_ms + self.now}
        self._move("play", playback.fields | started)
        self._effects.append(Playing(self.now, playback))
        self._judge_overlap()

    def _finish(self, trigger: Trigger, cut_by: CutBy | None) -> None:
        """The playback is over; ``assistant_speech_ended`` follows from the table."""
        playback = self.playing
        assert playback is not None
        self.playing = None
        self.interrupt_at = None
        self._move(trigger)
        if self.words is None:
            self.quiet_since = self.now
        self._effects.append(Heard(self.now, playback, self.began, cut_by))

    def _arm(self) -> None:
        """Start the input timeout of the last playback, once: the caller's turn begins now."""
        if self._timeout_ms is not None and self.words is None:
            self._move("arm")
            self.timer_at = self.now + self._timeout_ms
        self._timeout_ms = None

    def _drop_queue(self, cut_by: CutBy) -> None:
        while self.queue:
            self._effects.append(Dropped(self.now, self.queue.popleft(), cut_by))

    # -- the caller -----------------------------------------------------------------------------------

    def _judge_overlap(self) -> None:
        """Both speak: when, if at all, do the words stop this playback?"""
        words, playback = self.words, self.playing
        if words is None or playback is None:
            return
        self.interrupt_at = interruption(
            playback.barge_in,
            began=self.began,
            ends=self.playback_ends,
            said=words.text,
            speech_began=words.began,
            speech_ends=words.ends,
        )
        if self.interrupt_at is not None:
            # Words that already satisfy the settings of a playback that begins now stop it now.
            self.interrupt_at = max(self.interrupt_at, self.now)

    def _interrupt(self) -> None:
        assert self.words is not None
        self.words.barged_in = True
        self._timeout_ms = None
        self._finish("interrupt", "caller")
        self._drop_queue("caller")

    def _end_words(self, words: Words) -> None:
        self.words = None
        self.interrupt_at = None
        if self.playing is None:
            self.quiet_since = self.now
            self._move("speech_ends", {"text": words.text, "barged_in": words.barged_in})
            return
        self._move("speech_ends")
        self._effects.append(Unheard(self.now, words.text, unheard_because(self.playing.barge_in, words.text)))

    def _leave(self, reason: EndReason, cut_by: CutBy, target: str | None = None) -> None:
        playback, self.playing = self.playing, None
        self._move("leave", {"reason": reason})
        if playback is not None:
            self._effects.append(Heard(self.now, playback, self.began, cut_by))
        self._drop_queue(cut_by)
        self.words = self.interrupt_at = self.notice_at = self.timer_at = None
        self._effects.append(Over(self.now, reason, target))

    # -- actions --------------------------------------------------------------------------------------

    def _carry_out(self, actions: Sequence[Action]) -> None:
        """In order; a playback begins only after the last, so ``[speak, hangup]`` is never heard (section 4)."""
        for action in actions:
            if self.state is OVER:
                self._effects.append(Refused(self.now, action, "the call is over"))
            elif action.session_id != self.id:
                self._effects.append(Refused(self.now, action, "its session_id is not of this call"))
            elif handler := self._handlers.get(action.type):
                handler(action)
        if self.queue and self.playing is None:
            self._play_next()

    def _play(self, action: Any) -> None:
        try:
            self.queue.append(playback(action))
        except Unplayable as error:
            self._effects.append(Refused(self.now, action, str(error)))

    def _hangup(self, action: Any) -> None:
        self._leave("assistant_hangup", "hangup")

    def _transfer(self, action: Any) -> None:
        self._leave("transfer", "transfer", action.target_phone_number)

    def _barge_in(self, action: Any) -> None:
        """Stop the playback, and what is queued behind it; without one it does nothing."""
        self._drop_queue("barge_in")
        if self.playing is not None:
            self._finish("cut", "barge_in")
            self._arm()
