"""What the bot says. One small function per event: it gets the event and returns an action, a list of actions, or
None for "nothing to do". Change these first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Action = dict[str, Any]
Answer = Action | list[Action] | None

KEYS = tuple("0123456789*#")


class BadEvent(Exception):
    """An event that breaks the protocol; the message goes back to the sender with status 400."""


@dataclass(frozen=True)
class Settings:
    """What the bot can be told from outside.

    Args:
        transfer_number: where a caller who asks for a person is transferred to, as "+4930123"; empty: nobody is.
    """

    transfer_number: str = ""


def greet(event: Event, settings: Settings) -> Answer:
    # A caller who stays silent for so long is asked again: ask_again.
    return {**speak(event, "Hello! How can I help you today?"), "user_input_timeout_seconds": 8}


def reply(event: Event, settings: Settings) -> Answer:
    text = spoken_text(event)
    words = text.lower()
    if not text.strip():
        return None
    if "bye" in words:
        return hangup(event)
    if settings.transfer_number and ("transfer" in words or "agent" in words):
        return transfer(event, settings.transfer_number)
    return speak(event, f"You said: {text}")


def confirm_key(event: Event, settings: Settings) -> Answer:
    digit = event.get("digit")
    if digit not in KEYS:
        raise BadEvent("dtmf_received has no valid digit")
    return speak(event, f"You pressed {digit}.")


def ask_again(event: Event, settings: Settings) -> Answer:
    return speak(event, "Are you still there?")


def clean_up(event: Event, settings: Settings) -> Answer:
    """The call is over: the place to clean up. An action would be an error here."""
    return None


HANDLERS: dict[str, Callable[[Event, Settings], Answer]] = {
    "session_start": greet,
    "user_speak": reply,
    "dtmf_received": confirm_key,
    "user_input_timeout": ask_again,
    "session_end": clean_up,
}


def answer(event: Event, settings: Settings) -> Answer:
    """The answer to one event. Types without a handler are ignored: the service adds new ones."""
    handler = HANDLERS.get(event["type"])
    return handler(event, settings) if handler else None


def speak(event: Event, text: str) -> Action:
    return {"type": "speak", "session_id": event["session"]["id"], "text": text}


def hangup(event: Event) -> Action:
    return {"type": "hangup", "session_id": event["session"]["id"]}


def transfer(event: Event, number: str) -> Action:
    session = event["session"]
    own_numbers = [session.get("phone_number"), session.get("to_phone_number")]
    return {
        "type": "transfer",
        "session_id": session["id"],
        "target_phone_number": number,
        "caller_id_name": "Voice bot",
        "caller_id_number": next((own for own in own_numbers if isinstance(own, str) and own), number),
    }


def spoken_text(event: Event) -> str:
    """What the caller said; older deliveries name it ``transcript``."""
    for name in ("text", "transcript"):
        if isinstance(event.get(name), str):
            return str(event[name])
    raise BadEvent("user_speak has no text")
