"""Every event of the protocol is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiflow_cli.conformance.check import Breach, check
from aiflow_cli.conformance.checks import expect
from aiflow_cli.conformance.probe import Probe
from aiflow_cli.protocol.samples import DIGITS, sample_session

_WORDS = ("Hello", "Yes", "No", "Help!", "What did you say?", "Please transfer me to an agent", "Goodbye")
_REQUIRED_ONLY = {
    "user_speak": ("barged_in",),
    "assistant_speak": ("text", "duration_ms", "speech_started_at"),
    "session_end": ("reason",),
}
_OPTIONAL: dict[str, dict[str, Any]] = {
    "user_speak": {"barged_in": True, "timestamp": 1_760_000_000_000},
    "assistant_speak": {"text": ..., "ssml": '<speak>Hello<break time="1s"/></speak>', "duration_ms": 1234.5},
    "session_end": {"timestamp": "2025-10-09T08:53:20.000Z"},
}


@check(
    "every-event",
    "events",
    "error",
    "3",
    "Every documented event is answered with 2xx",
    "The service takes any other status for a failure: the caller hears nothing.",
)
def every_event(probe: Probe) -> Iterator[Breach]:
    for kind in probe.event_types:
        with probe.call(start=kind != "session_start") as call:
            yield from expect.accepted(call.send(kind))


@check(
    "everyday-words",
    "events",
    "error",
    "3",
    "Everyday words are answered with 2xx",
    "Callers say hello, yes, help and goodbye.",
)
def everyday_words(probe: Probe) -> Iterator[Breach]:
    for text in _WORDS:
        with probe.call() as call:
            yield from expect.accepted(call.say(text), f'"{text}"')


@check(
    "every-digit",
    "events",
    "error",
    "3",
    "Every key of the telephone is answered with 2xx",
    "* and # are keys too, and 0 is a digit.",
)
def every_digit(probe: Probe) -> Iterator[Breach]:
    for digit in DIGITS:
        with probe.call() as call:
            yield from expect.as_well(probe, call.send("dtmf_received", digit=digit), digit)


@check(
    "required-fields-only",
    "events",
    "error",
    "3",
    "Events without their optional fields are answered with 2xx",
    "Some voices leave duration_ms out, and user_speak need not say barged_in.",
)
def required_fields_only(probe: Probe) -> Iterator[Breach]:
    for kind, fields in _REQUIRED_ONLY.items():
        with probe.call() as call:
            yield from expect.as_well(
                probe, call.send(kind, **dict.fromkeys(fields, ...)), "with its required fields alone"
            )


@check(
    "optional-fields",
    "events",
    "error",
    "3",
    "Events with all their optional fields are answered with 2xx",
    "An interruption (barged_in) or an SSML playback must not end the conversation.",
)
def optional_fields(probe: Probe) -> Iterator[Breach]:
    for kind, fields in _OPTIONAL.items():
        with probe.call() as call:
            yield from expect.as_well(probe, call.send(kind, **fields), "with all optional fields")


@check(
    "outbound-call",
    "events",
    "error",
    "2",
    "An outbound call is answered like an inbound one",
    "direction is outbound, and the flow's number is the one that calls.",
)
def outbound_call(probe: Probe) -> Iterator[Breach]:
    with probe.call(sample_session(probe.fresh_id(), direction="outbound"), start=False) as call:
        for sent in (call.send("session_start"), call.say("Hello")):
            yield from expect.as_well(probe, sent, "of an outbound call")


@check(
    "repeated-event",
    "events",
    "error",
    "1",
    "The same event twice does no harm",
    "A proxy or the service may deliver again what it believes to be lost.",
)
def repeated_event(probe: Probe) -> Iterator[Breach]:
    for kind in probe.event_types:
        with probe.call(start=kind != "session_start", end=False) as call:
            event = call.event(kind)
            call.deliver(event)
            yield from expect.as_well(probe, call.deliver(event), "delivered a second time")
