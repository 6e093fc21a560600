"""The rules of one exchange: a registry of pure functions from (event, answer) to findings.

Each rule names the paragraph of protocol.md that it enforces, and why a caller would care. Rules
that need a whole call (order, parallel calls) belong to ``aiflow check``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiflow_cli.protocol import audio, ssml
from aiflow_cli.protocol.actions import ACTIONS
from aiflow_cli.protocol.codec import (
    Answer,
    Problem,
    ProtocolError,
    read_answer,
    read_event,
    read_frames,
    shown,
    unknown_fields,
)
from aiflow_cli.protocol.events import EVENTS
from aiflow_cli.protocol.finding import Finding, Severity
from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Reply

BUDGET_MS = 1000.0
"""Documented time to answer, in milliseconds (protocol.md section 1)."""

E164 = re.compile(r"\+[1-9]\d{1,14}")


class Delivery:
    """One delivered event and its reply, decoded once for all rules."""

    def __init__(self, event: Mapping[str, Any] | None, reply: Reply, answer: Answer | None = None) -> None:
        self.event = event
        self.reply = reply
        if answer is not None:
            self.answer = answer

    @cached_property
    def answer(self) -> Answer:
        """The decoded body; nothing where the status is not 2xx, since that body is no answer."""
        if self.reply.failure is not None or self.http_failed:
            return Answer()
        if len(self.reply.body) > MAX_ANSWER_BYTES:
            return Answer()
        return read_frames(self.reply.frames) if self.reply.frames else read_answer(self.reply.body)

    @property
    def http_failed(self) -> bool:
        """The status is there and is not 2xx."""
        return self.reply.status is not None and not 200 <= self.reply.status < 300

    @property
    def event_type(self) -> str | None:
        kind = self.event.get("type") if self.event is not None else None
        return kind if isinstance(kind, str) else None

    @property
    def session_id(self) -> str | None:
        session = self.event.get("session") if self.event is not None else None
        found = session.get("id") if isinstance(session, Mapping) else None
        return found if isinstance(found, str) else None


Check = Callable[[Delivery], Iterator[tuple[str, str]]]
"""Yields (message, JSON path) for each breach."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        id: stable name, used by ``--only`` and in findings.
        title: what holds when the rule is kept.
        severity: of each of its findings.
        paragraph: of protocol.md.
        why: what a caller would notice.
        check: finds the breaches.
    """

    id: str
    title: str
    severity: Severity
    paragraph: str
    why: str
    check: Check


RULES: dict[str, Rule] = {}


def _rule(id: str, severity: Severity, paragraph: str, title: str, why: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        RULES[id] = Rule(id, title, severity, paragraph, why, check)
        return check

    return register


def judge(delivery: Delivery) -> list[Finding]:
    """All findings on one exchange, errors first."""
    findings = [
        Finding(rule.id, rule.severity, message, path)
        for rule in RULES.values()
        for message, path in rule.check(delivery)
    ]
    order = ("error", "warning", "note")
    return sorted(findings, key=lambda finding: order.index(finding.severity))


# -- errors ------------------------------------------------------------------------------------------


@_rule("http-status", "error", "1", "The status is 2xx", "The service ignores the body of any other status.")
def _http_status(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.http_failed:
        yield f"the webhook answered {delivery.reply.status}; only 2xx carries actions", ""


@_rule(
    "body-too-large",
    "error",
    "1",
    "The answer is of a sane size",
    "The caller waits while it is transferred.",
)
def _body_too_large(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if len(delivery.reply.body) > MAX_ANSWER_BYTES:
        yield f"the answer is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MiB", ""


@_rule("not-an-answer", "error", "1", "The body is an action or an array of actions", "Nothing is carried out.")
def _not_an_answer(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.answer.error is not None:
        yield delivery.answer.error, delivery.answer.error_path


@_rule("unknown-action", "error", "4", "Every action type is known", "The service does not carry it out.")
def _unknown_action(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for read in delivery.answer.actions:
        kind = read.raw.get("type")
        if not isinstance(kind, str):
            yield f"the action has no type (type = {shown(kind)})", f"{read.path}.type"
        elif kind not in ACTIONS:
            yield (
                f"the action type {shown(kind)} is not in the protocol{near_miss(kind, ACTIONS)}",
                f"{read.path}.type",
            )


@_rule("session-id", "error", "4", "Every action echoes the event's session id", "The action reaches no call.")
def _session_id(delivery: Delivery) -> Iterator[tuple[str, str]]:
    expected = delivery.session_id
    for read in delivery.answer.actions:
        found = read.raw.get("session_id")
        if not isinstance(found, str):
            yield f"the action has no session_id (session_id = {shown(found)})", f"{read.path}.session_id"
        elif expected is not None and found != expected:
            yield (
                f"session_id is {shown(found)}, the event's session.id is {shown(expected)}",
                f"{read.path}.session_id",
            )


@_rule(
    "session-end-action",
    "error",
    "3",
    "session_end is answered with nothing",
    "The call is over: nobody hears it.",
)
def _session_end_action(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.event_type == "session_end" and delivery.answer.actions:
        kinds = ", ".join(shown(read.raw.get("type")) for read in delivery.answer.actions)
        yield (
            f"session_end was answered with an action ({kinds}); answer 204",
            delivery.answer.actions[0].path,
        )


def _misfits(delivery: Delivery, belongs: Callable[[str, Problem], bool]) -> Iterator[tuple[str, str]]:
    for read in delivery.answer.actions:
        for problem in read.problems:
            if problem.field not in ("session_id", "type") and belongs(str(read.raw.get("type")), problem):
                yield problem.message, problem.path


def _is_speak_content(kind: str, problem: Problem) -> bool:
    return kind == "speak" and problem.field in ("", "text", "ssml")


def _is_barge_in(kind: str, problem: Problem) -> bool:
    return problem.field == "barge_in"


def _is_transfer(kind: str, problem: Problem) -> bool:
    return kind == "transfer"


@_rule("speak-content", "error", "4", "A speak has exactly one of text and ssml", "The caller hears nothing.")
def _speak_content(delivery: Delivery) -> Iterator[tuple[str, str]]:
    return _misfits(delivery, _is_speak_content)


@_rule("ssml", "error", "4", "SSML is well-formed", "The voice fails, and the caller hears nothing.")
def _ssml(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for read in delivery.answer.actions:
        document = read.raw.get("ssml")
        if read.raw.get("type") == "speak" and isinstance(document, str):
            try:
                ssml.parse(document)
            except ssml.SsmlError as error:
                yield f"the SSML is not well-formed: {error}", f"{read.path}.ssml"


@_rule("transfer-fields", "error", "4", "A transfer has its three fields", "The call is not handed over.")
def _transfer_fields(delivery: Delivery) -> Iterator[tuple[str, str]]:
    return _misfits(delivery, _is_transfer)


@_rule("barge-in-range", "error", "4", "Barge-in settings are in range", "The service refuses the speak.")
def _barge_in_range(delivery: Delivery) -> Iterator[tuple[str, str]]:
    return _misfits(delivery, _is_barge_in)


@_rule("action-fields", "error", "4", "Every field of an action has its type", "The action is refused.")
def _action_fields(delivery: Delivery) -> Iterator[tuple[str, str]]:
    named = (_is_speak_content, _is_barge_in, _is_transfer)
    return _misfits(delivery, lambda kind, problem: not any(is_its(kind, problem) for is_its in named))


@_rule(
    "audio-format",
    "error",
    "4",
    "Audio is a base64 WAV of 16 kHz, mono, 16-bit PCM",
    "The caller hears noise.",
)
def _audio_format(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for path, wav in _wavs(delivery):
        if isinstance(wav, audio.AudioError):
            yield f"the audio cannot be played: {wav}", path
        elif wav.rate not in (8000, 16000) or wav.channels != 1 or wav.bits != 16:
            found = f"{wav.rate} Hz, {wav.channels} channel(s), {wav.bits} bit"
            yield f"the audio is {found}; the service plays 16000 Hz, mono, 16 bit", path


# -- warnings ----------------------------------------------------------------------------------------


@_rule("slow-answer", "warning", "1", "The answer comes within 1 s", "The caller hears silence and may hang up.")
def _slow_answer(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.reply.failure is None and delivery.reply.duration_ms > BUDGET_MS:
        yield f"the answer took {delivery.reply.duration_ms:.0f} ms; the budget is {BUDGET_MS:.0f} ms", ""


@_rule("target-e164", "warning", "4", "Transfer targets are E.164", "The call may reach nobody.")
def _target_e164(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for read in delivery.answer.actions:
        number = read.raw.get("target_phone_number")
        if read.raw.get("type") == "transfer" and isinstance(number, str) and not E164.fullmatch(number):
            yield f"{shown(number)} is not E.164 (+, country code, number)", f"{read.path}.target_phone_number"


@_rule(
    "audio-8khz",
    "warning",
    "4",
    "Audio is sampled at 16 kHz",
    "8 kHz sounds dull, and only one guide allows it.",
)
def _audio_8khz(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for path, wav in _wavs(delivery):
        if isinstance(wav, audio.Wav) and wav.rate == 8000 and wav.channels == 1 and wav.bits == 16:
            yield "the audio is 8000 Hz; the reference is 16000 Hz", path


@_rule(
    "unknown-field",
    "warning",
    "4",
    "Actions have no unknown fields",
    "A misspelt setting is silently ignored.",
)
def _unknown_field(delivery: Delivery) -> Iterator[tuple[str, str]]:
    for read in delivery.answer.actions:
        known = type(read.action).model_fields if read.action is not None else {}
        for problem in unknown_fields(read):
            yield problem.message + near_miss(problem.field, known), problem.path


@_rule(
    "blank-answer",
    "warning",
    "1",
    "Nothing to do is answered with 204",
    "It reads as an action that went missing.",
)
def _blank_answer(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.answer.blank:
        yield (
            f"the body is {delivery.reply.body.decode(errors='replace').strip()}; answer 204 with no body",
            "$",
        )


@_rule(
    "cut-off-speak",
    "warning",
    "4",
    "Nothing spoken is cut off by its own answer",
    "The caller never hears it.",
)
def _cut_off_speak(delivery: Delivery) -> Iterator[tuple[str, str]]:
    kinds = [read.raw.get("type") for read in delivery.answer.actions]
    for index, read in enumerate(delivery.answer.actions):
        ending = next((kind for kind in kinds[index + 1 :] if kind in ("hangup", "transfer")), None)
        if read.raw.get("type") in ("speak", "audio") and ending:
            advice = f"wait for assistant_speech_ended, then {'hang up' if ending == 'hangup' else 'transfer'}"
            yield f"the {ending} in the same answer cuts this {read.raw['type']} off; {advice}", read.path


# -- notes -------------------------------------------------------------------------------------------


@_rule(
    "unknown-event",
    "note",
    "3",
    "Event types and fields are known",
    "The service may have grown; update aiflow.",
)
def _unknown_event(delivery: Delivery) -> Iterator[tuple[str, str]]:
    if delivery.event is None:
        return
    try:
        _, problems = read_event(delivery.event)
    except ProtocolError as error:
        yield f"the event does not fit the protocol: {error}", error.path
        return
    if delivery.event_type not in EVENTS:
        yield f"the event type {shown(delivery.event_type)} is not in the protocol", "$.type"
        return
    for problem in problems:
        yield f"in the event, {problem.message}", problem.path


def _wavs(delivery: Delivery) -> Iterator[tuple[str, audio.Wav | audio.AudioError]]:
    for read in delivery.answer.actions:
        encoded = read.raw.get("audio")
        if read.raw.get("type") == "audio" and isinstance(encoded, str):
            try:
                yield f"{read.path}.audio", audio.read(encoded)
            except audio.AudioError as error:
                yield f"{read.path}.audio", error


def near_miss(word: str, known: Mapping[str, object]) -> str:
    """``; did you mean "speak"?`` where a known name is close, else nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f"; did you mean {json.dumps(close[0])}?" if close else ""


__all__ = ["BUDGET_MS", "E164", "RULES", "Delivery", "Rule", "judge", "near_miss"]
