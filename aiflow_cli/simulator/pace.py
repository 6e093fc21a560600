"""How call time and real time go together: not at all, or second by second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from aiflow_cli.clock import Clock
from aiflow_cli.session.steps import Step

SLICE_SECONDS = 0.02
"""How long one of two sources (keyboard, WebSocket) is listened to before the other."""


class Source(Protocol):
    """Something that can come while a call waits."""

    def wait(self, seconds: float) -> bool:
        """Wait up to so long for it; True as soon as it is there."""


class Keyboard(Protocol):
    """Steps that somebody types while the call goes on."""

    def wait(self, seconds: float) -> bool:
        """As ``Source``."""

    def take(self) -> Step | None:
        """What was typed, once."""


class VirtualPace:
    """Nothing waits: the next thing happens at once."""

    real = False

    def wait(self, now_ms: int, until_ms: int | None, sources: Sequence[Source]) -> int | None:
        """None: ``until_ms`` is reached. Else the call time at which one of the sources had something."""
        return now_ms if any(source.wait(0) for source in sources) else None

    @contextmanager
    def delivering(self) -> Iterator[None]:
        yield


class RealPace:
    """Call time is real time.

    Args:
        clock: real time.
        hold: stop the call's time while an answer is awaited. A person who types then hears a playback for as
            long as it lasts; a script keeps to its time instead, so that a call of 20 s takes 20 s.
    """

    real = True

    def __init__(self, clock: Clock, *, hold: bool = False) -> None:
        self._clock = clock
        self._hold = hold
        self._connected = clock.monotonic()

    def wait(self, now_ms: int, until_ms: int | None, sources: Sequence[Source]) -> int | None:
        """None: ``until_ms`` is reached. Else the call time at which one of the sources had something."""
        while True:
            left = None if until_ms is None else self._connected + until_ms / 1000 - self._clock.monotonic()
            if left is not None and left <= 0:
                return None
            if not sources:
                assert left is not None, "nothing can happen any more"
                self._clock.sleep(left)
                continue
            slice = SLICE_SECONDS if len(sources) > 1 else 1.0
            for source in sources:
                if source.wait(slice if left is None else min(slice, left)):
                    elapsed = round((self._clock.monotonic() - self._connected) * 1000)
                    return max(now_ms, elapsed if until_ms is None else min(elapsed, until_ms))

    @contextmanager
    def delivering(self) -> Iterator[None]:
        started = self._clock.monotonic()
        try:
            yield
        finally:
            if self._hold:
                self._connected += self._clock.monotonic() - started


Pace = VirtualPace | RealPace
