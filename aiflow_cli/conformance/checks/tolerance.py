"""What the service may add, leave out or transcribe does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiflow_cli.conformance.check import Breach, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.probe import Probe

LONG_TEXT = "Well, " + "a" * 10_240
"""An utterance of 10 kB. One character over and over, so that the curl line that repeats it stays short."""

_NEW_FIELDS: dict[str, Any] = {"confidence": 0.93, "language": None, "alternatives": [{"text": "Hallo"}]}


@check(
    "unknown-type",
    "tolerance",
    "error",
    "1",
    "An unknown event type is answered with 2xx",
    "The service adds event types; the bot must not fail on that day.",
)
def unknown_event(probe: Probe) -> Iterator[Breach]:
    with probe.call() as call:
        event = {"type": "call_quality_changed", "session": call.session, "quality": {"mos": 4.1}}
        yield from expect.accepted(call.deliver(event), "(an unknown type)")


@check(
    "unknown-type-quiet",
    "tolerance",
    "warning",
    "1",
    "An unknown event type is answered with nothing",
    "The bot would talk, or hang up, whenever the service adds something.",
)
def unknown_event_quiet(probe: Probe) -> Iterator[Breach]:
    with probe.call() as call:
        sent = call.deliver({"type": "caller_emotion_detected", "session": call.session, "emotion": "calm"})
        if sent.actions:
            kinds = ", ".join(str(action.get("type")) for action in sent.actions)
            yield Breach(f"an unknown event type was answered with an action ({kinds}); answer 204", (sent,))


@check(
    "unknown-fields",
    "tolerance",
    "error",
    "1",
    "Unknown fields are ignored",
    "The service adds fields to events and sessions.",
)
def unknown_fields(probe: Probe) -> Iterator[Breach]:
    for kind in probe.event_types:
        with probe.call(start=kind != "session_start") as call:
            event = call.event(kind, **_NEW_FIELDS)
            event["session"] = event["session"] | {"region": "eu", "tags": ["vip", 7], "carrier": {"name": "x"}}
            yield from expect.as_well(probe, call.deliver(event), "with unknown fields")


@check(
    "short-session",
    "tolerance",
    "error",
    "2",
    "A session with its id alone is enough",
    "The other five fields may be missing, as they are in the documentation's examples.",
)
def short_session(probe: Probe) -> Iterator[Breach]:
    for kind in probe.event_types:
        with probe.call({"id": probe.fresh_id()}, start=kind != "session_start") as call:
            yield from expect.as_well(probe, call.send(kind), "with a session of its id alone")


@check(
    "transcript",
    "tolerance",
    "error",
    "3",
    "user_speak with transcript in place of text is answered with 2xx",
    "Older deliveries name the text transcript.",
)
def transcript(probe: Probe) -> Iterator[Breach]:
    with probe.call() as call:
        yield from expect.as_well(probe, call.send("user_speak", text=..., transcript="Hello"), "with transcript")


@check(
    "transcript-heard",
    "tolerance",
    "warning",
    "3",
    "transcript is understood as text is",
    "The caller speaks, and the bot stays silent.",
    alone=True,
)
def transcript_heard(probe: Probe) -> Iterator[Breach]:
    with probe.call() as call:
        by_text = call.say("Hello", patience=1)
    if not by_text.actions:
        return
    with probe.call() as call:
        by_transcript = call.deliver(call.event("user_speak", text=..., transcript="Hello"), patience=1)
    if by_transcript.accepted and not by_transcript.actions:
        message = "the same words were answered as text, and not answered as transcript"
        yield Breach(message, (by_text, by_transcript))


def _said(probe: Probe, *texts: str, patience: float | None = None) -> Iterator[Breach]:
    for text in texts:
        with probe.call() as call:
            yield from expect.as_well(probe, call.say(text, patience=patience), f"{text[:40]!r}")


@check(
    "unicode-text",
    "tolerance",
    "error",
    "3",
    "Text in any script is answered with 2xx",
    "Names have umlauts, and callers speak Greek, Japanese and Hindi.",
)
def unicode_text(probe: Probe) -> Iterator[Breach]:
    return _said(probe, "Grüße aus Köln, Zoë Łukasz", "Καλημέρα, дела", "東京までお願いします", "नमस्ते, e\u0301te\u0301")


@check(
    "emoji-text",
    "tolerance",
    "error",
    "3",
    "Emoji are answered with 2xx",
    "Some transcribers write them, and they do not fit into 16 bits.",
)
def emoji_text(probe: Probe) -> Iterator[Breach]:
    return _said(probe, "That is great 🎉", "👩‍👩‍👧‍👦 🇩🇪 👍🏽")


@check(
    "right-to-left-text",
    "tolerance",
    "error",
    "3",
    "Right-to-left text is answered with 2xx",
    "Callers speak Arabic and Hebrew.",
)
def right_to_left_text(probe: Probe) -> Iterator[Breach]:
    return _said(probe, "مرحبا، كيف حالك؟", "שלום, מה שלומך?", "Order \u200f123\u200e please")


@check(
    "long-text",
    "tolerance",
    "error",
    "3",
    "An utterance of 10 kB is answered with 2xx",
    "Some callers do not stop talking.",
)
def long_text(probe: Probe) -> Iterator[Breach]:
    return _said(probe, LONG_TEXT)


@check(
    "empty-text",
    "tolerance",
    "error",
    "3",
    "An empty text is answered with 2xx",
    "A cough is transcribed as nothing.",
)
def empty_text(probe: Probe) -> Iterator[Breach]:
    # Most bots say nothing to nothing: no reason to wait for it on a WebSocket.
    return _said(probe, "", " ", "\n", patience=0.2)


@check(
    "escaped-text",
    "tolerance",
    "error",
    "1",
    "JSON in ASCII, with \\u escapes, is answered with 2xx",
    "It is the same JSON, and many libraries write it so.",
)
def escaped_text(probe: Probe) -> Iterator[Breach]:
    with probe.call() as call:
        event = call.event("user_speak", text='Größe "M" 🎉 \\o/')
        escaped, plain = call.deliver(event, escaped=True), call.deliver(event | {"barged_in": True})
    if plain.accepted:
        yield from expect.accepted(escaped, "with \\u escapes")
