"""The caller's side of a simulated call: when is the next step due, and what is it?

Steps are relative to the conversation, never to the clock: a caller waits until nobody speaks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from aiflow_cli.session.effects import Effect
from aiflow_cli.session.session import CallSession
from aiflow_cli.session.steps import Step
from aiflow_cli.session.timing import spoken_ms

REACTION_MS = 300
"""From the moment nobody speaks to the caller's first sound: a usual gap between two people."""

KEY_MS = 200
"""From one key to the next."""

HANG_UP = Step(kind="hangup")


@dataclass(frozen=True, slots=True)
class Move:
    """What the caller does now.

    Args:
        step: the step it belongs to; ``opens``: it is the first of that step, so a turn begins.
        words_ms: how long the caller's words last; None for a silence.
        act: does it.
        note: something to tell about it.
    """

    step: Step
    text: str
    words_ms: int | None
    act: Callable[[CallSession], list[Effect]]
    opens: bool = True
    note: str | None = None


class Caller(Protocol):
    """Somebody who calls."""

    def next_at(self, session: CallSession) -> int | None:
        """Call time of the next move as far as it is known now; None: not before something happens."""

    def move(self, session: CallSession) -> Move | None:
        """The move that is due now; None where it is nothing to see or hear."""


def words(text: str, *, step: Step, duration_ms: int | None = None, note: str | None = None) -> Move:
    """Say something."""
    lasts = spoken_ms(text) if duration_ms is None else duration_ms
    return Move(step, text, lasts, lambda session: session.say(text, duration_ms=lasts), note=note)


def key(digit: str, *, step: Step, opens: bool = True) -> Move:
    """Press one key."""
    return Move(step, digit, 0, lambda session: session.press(digit), opens=opens)


def hanging_up(step: Step) -> Move:
    """Hang up."""
    return Move(step, "", None, lambda session: session.hang_up())


PAUSE = hanging_up(HANG_UP)
"""No move yet: nobody speaks, and the call stands still until whoever drives it goes on."""


class ScriptedCaller:
    """Follows steps, and hangs up after the last.

    Args:
        steps: taken one by one, when they are needed: they may come from a pipe.
        patient: take the next step only when every answer is there, so that a person (or program) at the
            other end of that pipe sees what the bot says before the next line is asked for.
    """

    def __init__(self, steps: Iterable[Step], *, patient: bool = False) -> None:
        self._steps: Iterator[Step] = iter(steps)
        self._patient = patient
        self._step: Step | None = None
        self._earliest = 0
        self._digits: deque[str] = deque()
        self._silence_ends: int | None = None
        self._barge_at: int | None = None

    def next_at(self, session: CallSession) -> int | None:
        if session.over or session.words is not None:
            return None
        if self._step is None:
            if self._patient and session.in_flight:
                return None
            self._step = next(self._steps, HANG_UP)
            self._digits.extend(self._step.text if self._step.kind == "dtmf" else "")
        at = self._due(self._step, session)
        return None if at is None else max(at, session.now)

    def _due(self, step: Step, session: CallSession) -> int | None:
        if step.kind == "dtmf" and len(self._digits) < len(step.text):
            return self._earliest
        if self._silence_ends is not None:
            return self._silence_ends
        if step.kind == "barge_in":
            if self._barge_at is None and session.playing is not None:
                self._barge_at = session.began + step.ms
            if self._barge_at is not None:
                return self._barge_at
        if not session.floor_is_free:
            return None
        pause = 0 if step.kind == "silence" else REACTION_MS
        return max(session.quiet_since + pause, self._earliest)

    def move(self, session: CallSession) -> Move | None:
        step = self._step
        assert step is not None, "move() follows next_at()"
        match step.kind:
            case "dtmf":
                return self._press(step, session)
            case "silence":
                return self._be_silent(step, session)
            case "hangup":
                return hanging_up(step)
            case _:
                return self._speak(step, session)

    def _speak(self, step: Step, session: CallSession) -> Move:
        missed = step.kind == "barge_in" and session.playing is None
        note = "nothing was playing that these words could interrupt" if missed else None
        move = words(step.text, step=step, note=note)
        self._done(session.now + (move.words_ms or 0) + REACTION_MS)
        return move

    def _press(self, step: Step, session: CallSession) -> Move:
        first = len(self._digits) == len(step.text)
        digit = self._digits.popleft()
        self._earliest = session.now + KEY_MS
        if not self._digits:
            self._done(session.now + REACTION_MS)
        return key(digit, step=step, opens=first)

    def _be_silent(self, step: Step, session: CallSession) -> Move | None:
        if self._silence_ends is None:
            self._silence_ends = session.now + step.ms
            return Move(step, "", None, lambda session: [])
        self._done(session.now)
        return None

    def _done(self, earliest: int) -> None:
        self._step = self._silence_ends = self._barge_at = None
        self._earliest = earliest


class _Told:
    """Steps in the order in which they were told; one can be told after the last was taken."""

    def __init__(self) -> None:
        self.steps: deque[Step] = deque()

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        if not self.steps:
            raise StopIteration
        return self.steps.popleft()


class PromptedCaller(ScriptedCaller):
    """A caller who is told what to do while the call goes on, and whose call stands still in between.

    Once nobody speaks and every step was taken, ``move`` gives ``PAUSE``. Whoever drives the call then tells the next
    step before going on; without one the caller hangs up.
    """

    def __init__(self) -> None:
        self._told = _Told()
        super().__init__(self._told)
        self.asks = False

    def tell(self, step: Step) -> None:
        """The next step."""
        self._told.steps.append(step)
        self.asks = False

    def next_at(self, session: CallSession) -> int | None:
        if self._is_idle and not self.asks:
            return session.now if session.floor_is_free else None
        return super().next_at(session)

    def move(self, session: CallSession) -> Move | None:
        if self._is_idle and not self.asks:
            self.asks = True
            return PAUSE
        return super().move(session)

    @property
    def _is_idle(self) -> bool:
        return self._step is None and not self._told.steps


class LiveCaller:
    """A person at a keyboard: what is typed is said at once, and takes no time, for the typing took it.

    ``barge_in`` waits for a playback to begin, and what is typed after it does not wait with it: those words may be
    what the bot has to answer first. ``silence`` is the time that passes.
    """

    def __init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._digits: deque[tuple[Step, str]] = deque()

    def type(self, step: Step) -> None:
        """A line was typed."""
        if step.kind == "dtmf":
            self._digits.extend((step, digit) for digit in step.text)
        self._steps.append(step)

    def next_at(self, session: CallSession) -> int | None:
        if session.over or session.words is not None:
            return None
        step = self._next(session)
        if step is None:
            return None
        return max(session.began + step.ms, session.now) if step.kind == "barge_in" else session.now

    def _next(self, session: CallSession) -> Step | None:
        """The first step that need not wait for the bot to speak."""
        speaking = session.playing is not None
        return next((step for step in self._steps if speaking or step.kind != "barge_in"), None)

    def move(self, session: CallSession) -> Move | None:
        step = self._next(session)
        assert step is not None, "move() follows next_at()"
        if step.kind == "dtmf":
            _, digit = self._digits.popleft()
            last = not self._digits or self._digits[0][0] is not step
            if last:
                self._steps.remove(step)
            return key(digit, step=step)
        self._steps.remove(step)
        if step.kind == "hangup":
            return hanging_up(step)
        if step.kind == "silence":
            return None
        return words(step.text, step=step, duration_ms=0)
