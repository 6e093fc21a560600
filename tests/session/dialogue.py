"""Tests of a call that read as a dialogue: ``>>`` is an input, ``<<`` the next effect, and none may be left over.

Dialogue() >> connect() << "0 deliver session_start"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from aiflow_cli.protocol.codec import read_actions
from aiflow_cli.session.effects import (
    Deliver,
    Dropped,
    Effect,
    Heard,
    Over,
    Playing,
    Refused,
    Unheard,
)
from aiflow_cli.session.session import CallSession

SESSION = "3b1c9c0e-0000-4000-8000-000000000001"
IDENTITY = {
    "id": SESSION,
    "account_id": "test",
    "phone_number": "+493023125000",
    "direction": "inbound",
    "from_phone_number": "+491713920000",
    "to_phone_number": "+493023125000",
}
Input = Callable[[CallSession], list[Effect]]


class Dialogue:
    """A session, and the effects that the test has not named yet."""

    def __init__(self, *, voice_activity: bool = False, epoch_ms: int = 0) -> None:
        self.session = CallSession(IDENTITY, voice_activity=voice_activity, epoch_ms=epoch_ms)
        self._open: list[str] = []

    def __rshift__(self, step: Input) -> Self:
        assert not self._open, f"effects nobody asked about: {self._open}"
        self._open = [line(effect) for effect in step(self.session)]
        return self

    def __lshift__(self, expected: str) -> Self:
        assert self._open, f"no effect left, but expected: {expected}"
        assert self._open.pop(0) == expected
        return self

    def done(self) -> CallSession:
        assert not self._open, f"effects nobody asked about: {self._open}"
        return self.session


def line(effect: Effect) -> str:
    """An effect as one line, with what matters of it."""
    if isinstance(effect, Deliver):
        shown = {name: value for name, value in effect.event.items() if name not in ("type", "session")}
        fields = "".join(f" {name}={value}" for name, value in shown.items())
        return f"{effect.at} deliver {effect.event['type']}{fields}"
    if isinstance(effect, Playing):
        return f"{effect.at} playing {effect.playback.text}"
    if isinstance(effect, Heard):
        heard = f"{effect.at - effect.began} of {effect.playback.duration_ms} ms"
        return f"{effect.at} heard {heard}" + (f", cut by {effect.cut_by}" if effect.cut_by else "")
    if isinstance(effect, Dropped):
        return f"{effect.at} dropped {effect.playback.text}, cut by {effect.cut_by}"
    if isinstance(effect, Unheard):
        return f"{effect.at} unheard {effect.text}: {effect.why}"
    if isinstance(effect, Refused):
        return f"{effect.at} refused {effect.action.type}: {effect.why}"
    assert isinstance(effect, Over)
    return f"{effect.at} over {effect.reason}" + (f" {effect.target}" if effect.target else "")


def connect() -> Input:
    return lambda session: session.connect()


def say(text: str, duration_ms: int | None = None) -> Input:
    return lambda session: session.say(text, duration_ms=duration_ms)


def press(digit: str) -> Input:
    return lambda session: session.press(digit)


def hang_up() -> Input:
    return lambda session: session.hang_up()


def lose() -> Input:
    return lambda session: session.lose()


def until(at: int) -> Input:
    return lambda session: session.advance(at)


def nothing() -> Input:
    return lambda session: session.answer(())


def answer(*actions: dict[str, Any]) -> Input:
    return lambda session: session.answer(_read(actions))


def push(*actions: dict[str, Any]) -> Input:
    return lambda session: session.push(_read(actions))


def speak(text: str | None = None, **fields: Any) -> dict[str, Any]:
    content = {} if text is None else {"text": text}
    return {"type": "speak", "session_id": SESSION, **content, **fields}


def act(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "session_id": SESSION, **fields}


def _read(actions: tuple[dict[str, Any], ...]) -> list[Any]:
    read = [one.action for one in read_actions(list(actions)).actions]
    assert None not in read, "a test's own action does not fit the protocol"
    return read
