"""The events that the service delivers to the application (protocol.md sections 2 and 3).

Reading is tolerant, as protocol.md section 1 asks of a webhook: fields that are not listed are kept
(``model_extra``), a type that is not listed becomes an ``UnknownEvent``. Only what a reader cannot do
without is required: ``type`` and ``session.id``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class Wire(BaseModel):
    """Base of everything on the wire: strict types, unknown fields kept, immutable."""

    # Building ten validators costs more than the rest of a short command: each is built when it is first used.
    model_config = ConfigDict(strict=True, extra="allow", frozen=True, defer_build=True)


class Session(Wire):
    """The call an event belongs to. A writer sends all six fields, a reader needs ``id`` alone."""

    id: Annotated[str, Field(min_length=1)]
    account_id: str | None = None
    phone_number: str | None = None
    direction: Literal["inbound", "outbound"] | None = None
    from_phone_number: str | None = None
    to_phone_number: str | None = None


class Event(Wire):
    """Base of all events."""

    type: str
    session: Session


class SessionStart(Event):
    """The call is connected; the first event of every call."""

    type: Literal["session_start"]


class UserSpeechStarted(Event):
    """Voice activity was heard. WebSocket only; once per turn; an answer has no effect."""

    type: Literal["user_speech_started"]


class UserSpeak(Event):
    """Speech-to-text has a final result. Older deliveries named ``text`` ``transcript``."""

    type: Literal["user_speak"]
    text: Annotated[str, Field(validation_alias=AliasChoices("text", "transcript"))]
    barged_in: bool | None = None
    timestamp: Any = None


class UserBargeIn(Event):
    """Legacy notice that the caller interrupted; now ``user_speak`` with ``barged_in: true``."""

    type: Literal["user_barge_in"]
    text: str


class DtmfReceived(Event):
    """A key was pressed."""

    type: Literal["dtmf_received"]
    digit: Digit


class UserInputTimeout(Event):
    """The ``user_input_timeout_seconds`` of the last speak passed in silence after its end."""

    type: Literal["user_input_timeout"]


class AssistantSpeak(Event):
    """Playback of a speak began; ``duration_ms`` milliseconds, ``speech_started_at`` Unix milliseconds."""

    type: Literal["assistant_speak"]
    text: str | None = None
    ssml: str | None = None
    duration_ms: float | None = None
    speech_started_at: float | None = None


class AssistantSpeechEnded(Event):
    """Playback ended, also when it was interrupted."""

    type: Literal["assistant_speech_ended"]


class SessionEnd(Event):
    """The call is over; the last event of every call. An action here is an error."""

    type: Literal["session_end"]
    reason: str | None = None
    timestamp: Any = None


class UnknownEvent(Event):
    """A type this version does not know: kept, and answered with nothing."""


EVENTS: dict[str, type[Event]] = {
    "session_start": SessionStart,
    "user_speech_started": UserSpeechStarted,
    "user_speak": UserSpeak,
    "user_barge_in": UserBargeIn,
    "dtmf_received": DtmfReceived,
    "user_input_timeout": UserInputTimeout,
    "assistant_speak": AssistantSpeak,
    "assistant_speech_ended": AssistantSpeechEnded,
    "session_end": SessionEnd,
}

AnyEvent = Annotated[
    SessionStart
    | UserSpeechStarted
    | UserSpeak
    | UserBargeIn
    | DtmfReceived
    | UserInputTimeout
    | AssistantSpeak
    | AssistantSpeechEnded
    | SessionEnd,
    Field(discriminator="type"),
]
"""Every documented event, told apart by ``type``."""
