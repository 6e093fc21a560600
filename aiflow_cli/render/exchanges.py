"""Exchanges as text: one line, a whole answer, a transcript. Pure: data in, text out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.recording.exchange import Exchange

Paint = Callable[..., str]
"""``Console.style``: text and style names in, text out."""

BUDGET_MS = 1000
_SEVERITY_STYLE = {"error": "red", "warning": "yellow", "note": "dim"}


def plain(text: str, *_: str) -> str:
    """A Paint that does nothing."""
    return text


def event_line(exchange: Exchange) -> str:
    """``user_speak "hello"``"""
    if exchange.event is None:
        return "push" if exchange.raw_event is None else f"not an event: {_quoted(exchange.raw_event)}"
    event = exchange.event
    detail = event.get("text") or event.get("transcript") or event.get("ssml") or event.get("digit")
    return f"{exchange.type or 'event'} {_quoted(detail)}" if isinstance(detail, str) else str(exchange.type or "event")


def action_line(action: dict[str, Any]) -> str:
    """``speak "You said: hello"``"""
    kind = action.get("type")
    detail = action.get("text") or action.get("ssml") or action.get("target_phone_number")
    if kind == "audio" and isinstance(action.get("audio"), str):
        return f"audio ({len(action['audio']) * 3 // 4} bytes)"
    return f"{kind} {_quoted(detail)}" if isinstance(detail, str) else str(kind or "action without a type")


def _quoted(text: str) -> str:
    return json.dumps(textwrap.shorten(text, 72, placeholder="…") or text[:72], ensure_ascii=False)


def heard(exchange: Exchange) -> list[str]:
    """What the caller notices of the answer, a line an action."""
    if exchange.status is None and exchange.duration_ms is None:
        return ["the caller hears nothing: no answer came"]
    lines = [_heard_action(action) for action in exchange.actions]
    return lines or ["the caller hears nothing new"]


def _heard_action(action: dict[str, Any]) -> str:
    match action.get("type"):
        case "speak":
            return f"the caller hears: {action.get('text') or action.get('ssml') or '(nothing)'}"
        case "audio":
            return "the caller hears: (audio)"
        case "hangup":
            return "the bot hangs up"
        case "transfer":
            return f"the call is transferred to {action.get('target_phone_number')}"
        case "barge_in":
            return "the playback stops"
        case "configure_transcription":
            return "speech-to-text is configured anew"
        case "mix_audio":
            return "a background sound begins"
        case other:
            return f"nothing happens: {other!r} is not an action"


def status_line(exchange: Exchange, paint: Paint = plain) -> str:
    """``200 OK in 4 ms (budget 1000 ms)``"""
    if exchange.duration_ms is None:
        return paint(exchange.outcome.replace("-", " "), "red", "bold")
    status = _status(exchange.status)
    style = "green" if exchange.duration_ms <= BUDGET_MS and not exchange.failed else "red"
    return f"{paint(status, style, 'bold')} in {milliseconds(exchange.duration_ms)} (budget {BUDGET_MS} ms)"


def _status(status: int | None) -> str:
    if status is None:
        return "answered"
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def milliseconds(duration: float) -> str:
    """``0.8 ms``, ``12 ms``"""
    return f"{duration:.1f} ms" if duration < 10 else f"{duration:.0f} ms"


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """``error session-id at $[0].session_id: ...``"""
    where = f" at {finding.path}" if finding.path else ""
    return (
        f"{paint(finding.severity, _SEVERITY_STYLE[finding.severity], 'bold')} {finding.rule}{where}: {finding.message}"
    )


def answer(exchange: Exchange, paint: Paint = plain) -> str:
    """The whole answer of one exchange, as ``send-event`` shows it; why there is none is the error that ends it."""
    blocks = [f"{event_line(exchange)} -> {exchange.url}\n{status_line(exchange, paint)}"]
    if exchange.duration_ms is not None and exchange.outcome != "http-error":
        blocks.append("\n".join(paint(line, "bold") for line in heard(exchange)))
    if exchange.actions:
        blocks.append("\n".join(json.dumps(action, ensure_ascii=False, indent=2) for action in exchange.actions))
    elif exchange.raw_answer:
        blocks.append(textwrap.indent(exchange.raw_answer[:2000].rstrip(), "  | "))
    if exchange.problems and exchange.outcome not in ("connection-error", "timeout"):
        blocks.append("\n".join(finding_line(finding, paint) for finding in exchange.problems))
    return "\n\n".join(blocks)


def line(exchange: Exchange, paint: Paint = plain) -> str:
    """One line of the log."""
    actions = ", ".join(action_line(action) for action in exchange.actions)
    answer = actions or (exchange.outcome if exchange.failed else "nothing")
    took = milliseconds(exchange.duration_ms) if exchange.duration_ms is not None else "-"
    status = str(exchange.status) if exchange.status is not None else "-"
    tail = ""
    if exchange.failed or exchange.outcome == "slow":
        first = f": {exchange.problems[0].message}" if exchange.problems else ""
        tail = "  " + paint(f"{exchange.outcome}{first}", "red" if exchange.failed else "yellow")
    when = paint(exchange.at[11:23], "dim")
    return f"{when} {paint(f'#{exchange.id}', 'dim')} {event_line(exchange)} -> {answer}  {status} {took}{tail}"


class Transcript:
    """Turns exchanges into the lines of a conversation, call by call."""

    def __init__(self, paint: Paint = plain) -> None:
        self._paint = paint
        self._session: str | None = None

    def lines(self, exchange: Exchange) -> Iterator[str]:
        """The lines that one more exchange adds."""
        if exchange.session_id != self._session:
            if self._session is not None:
                yield ""
            self._session = exchange.session_id
            yield self._paint(f"call {exchange.session_id or 'without a session'}, {exchange.at[:19]}Z", "dim")
        yield from self._said(exchange)
        for action in exchange.actions:
            yield self._bot(action, exchange)
        yield from self._problems(exchange)

    def _said(self, exchange: Exchange) -> Iterator[str]:
        event = exchange.event or {}
        match exchange.type:
            case "user_speak" | "user_barge_in":
                yield f"  caller  {event.get('text') or event.get('transcript') or ''}"
            case "dtmf_received":
                yield f"  caller  (presses {event.get('digit')})"
            case "user_input_timeout":
                yield "  caller  (stays silent)"
            case "session_start":
                yield "  caller  (calls)"
            case "session_end":
                yield "  -       (the call is over)"
            case _:
                return

    def _bot(self, action: dict[str, Any], exchange: Exchange) -> str:
        took = "" if exchange.duration_ms is None else f"  [{milliseconds(exchange.duration_ms)}]"
        text = action.get("text") or action.get("ssml")
        said = text if action.get("type") == "speak" and isinstance(text, str) else f"({action_line(action)})"
        return f"  {self._paint('bot', 'cyan')}     {said}{self._paint(took, 'dim')}"

    def _problems(self, exchange: Exchange) -> Iterator[str]:
        for finding in exchange.problems:
            if finding.severity != "note":
                yield f"  {self._paint('!', 'red')}       {finding_line(finding, self._paint)}"


def latencies(durations: Sequence[float]) -> str:
    """``min 1.2 ms  median 1.4 ms  p95 2.0 ms  max 3.1 ms``"""
    parts = summary(durations)
    return "  ".join(f"{name} {milliseconds(value)}" for name, value in parts.items())


def summary(durations: Sequence[float]) -> dict[str, float]:
    """Minimum, median, 95th percentile (nearest rank) and maximum, in milliseconds."""
    ordered = sorted(durations)
    last = len(ordered) - 1
    median = (ordered[last // 2] + ordered[(last + 1) // 2]) / 2
    rank = max(-(-len(ordered) * 95 // 100) - 1, 0)
    return {"min": ordered[0], "median": median, "p95": ordered[rank], "max": ordered[last]}
