"""The report of ``aiflow check`` as text and JSON. Pure: data in, text out."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Iterator
from typing import Any

from aiflow_cli.conformance.check import FUZZING, Breach, Check
from aiflow_cli.conformance.report import Report, Result
from aiflow_cli.conformance.traffic import FRAME, Request, Sent
from aiflow_cli.protocol.reply import Reply
from aiflow_cli.render.curl import curl_requests
from aiflow_cli.render.exchanges import Paint, plain

_SHOWN_BREACHES = 3
_SHOWN_TEXT = 400
_STATUS = {"passed": ("ok", "green"), "failed": ("FAIL", "red"), "not-run": ("-", "dim")}


def result_lines(result: Result, paint: Paint = plain) -> Iterator[str]:
    """One line, and a block for each breach where it failed."""
    word, color = _STATUS[result.status]
    check = result.check
    title = check.title if result.status != "not-run" else f"not run: {result.reason}"
    yield f"{paint(f'{word:<4}', color, 'bold')}  {check.id:<22}{title}"
    if result.status == "failed":
        yield f"      {paint(check.severity, 'red' if check.severity == 'error' else 'yellow')}: {check.why}"
    for breach in result.breaches[:_SHOWN_BREACHES]:
        yield textwrap.indent(breach_text(breach, paint), "      ", lambda line: True).rstrip()
    if len(result.breaches) > _SHOWN_BREACHES:
        yield f"      and {len(result.breaches) - _SHOWN_BREACHES} more (--format json has them all)"
    if result.breaches:
        yield ""


def breach_text(breach: Breach, paint: Paint = plain) -> str:
    """What happened, what was sent, what came back, and how to repeat it."""
    sent = breach.steps[-1]
    where = f" at {breach.path}" if breach.path else ""
    lines = ["", paint(f"{breach.message}{where}", "bold")]
    lines.append(f"sent:   {_cut(request_text(sent.request))}")
    lines.append(f"answer: {_cut(reply_text(sent))}")
    lines.append(paint("again:", "dim"))
    lines.append(textwrap.indent(repeat_line(breach), "  "))
    return "\n".join(lines)


def repeat_line(breach: Breach) -> str:
    """The command lines that repeat a breach."""
    if breach.again:
        return breach.again
    requests = [sent.request for sent in breach.steps]
    if requests[-1].method == FRAME:
        return f"aiflow check {requests[-1].url} --only {breach.steps[-1].check}"
    return curl_requests(requests, at_once=breach.at_once)


def request_text(request: Request) -> str:
    """``POST, no X-API-TOKEN: {"type": ...}``"""
    parts = ["frame" if request.method == FRAME else request.method]
    kind = request.headers.get("Content-Type")
    if kind != "application/json" and request.body and request.method != FRAME:
        parts.append(f"content type {kind or 'missing'}")
    if request.chunked:
        parts.append("in chunks")
    if request.token.value is not None and request.token.shell != "$AIFLOW_SECRET":
        parts.append(f"{request.token.header}: {request.token.shell}")
    return ", ".join(parts) + (f": {_shown_body(request)}" if request.body else "")


def _shown_body(request: Request) -> str:
    """An event with its session last: that is rarely the point."""
    if request.event is None:
        return readable(request.body)
    event = {name: value for name, value in request.event.items() if name != "session"}
    return json.dumps({**event, "session": request.event.get("session")}, ensure_ascii=False)


def reply_text(sent: Sent) -> str:
    """``200 in 3 ms: {"type": ...}``"""
    reply = sent.reply
    if reply.failure is not None:
        return reply.failure.message
    status = "frames" if reply.status is None else str(reply.status)
    body = readable(reply.body) if reply.status is not None else json.dumps(sent.actions, ensure_ascii=False)
    return f"{status} in {reply.duration_ms:.0f} ms: {body or '(no body)'}"


def readable(body: bytes) -> str:
    """Bytes as text; what is no text is shown as escapes."""
    return body.decode(errors="backslashreplace").strip()


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_TEXT else f"{line[:_SHOWN_TEXT]}… ({len(line)} characters)"


def summary_lines(report: Report, paint: Paint = plain) -> Iterator[str]:
    """The groups and the score."""
    if [group.name for group in report.groups] == [FUZZING]:
        return
    yield ""
    for group in report.groups:
        color = "dim" if group.run == 0 else "green" if group.passed == group.run else "red"
        state = paint(f"{group.passed} of {group.run}" if group.run else "not run", color)
        yield f"{group.name:<12}{state}"
    score = paint(f"score {report.score}", "green" if report.score == 100 else "yellow", "bold")
    missing = report.missing_groups
    yield score + (f" (100 needs every group; not run: {', '.join(missing)})" if missing else "")


def check_line(check: Check) -> str:
    """One line of ``--list``."""
    return f"{check.group:<12}{check.severity:<9}{check.id:<22}{check.title}"


def check_dict(check: Check) -> dict[str, Any]:
    """A check as JSON."""
    return {
        "id": check.id,
        "group": check.group,
        "severity": check.severity,
        "title": check.title,
        "why": check.why,
        "paragraph": check.paragraph,
        "transports": list(check.transports),
    }


def report_dict(report: Report) -> dict[str, Any]:
    """The report as one JSON object."""
    return {
        "url": report.url,
        "transport": report.transport,
        "score": report.score,
        "groups": {group.name: {"passed": group.passed, "run": group.run} for group in report.groups},
        "results": [result_dict(result) for result in report.results],
    }


def result_dict(result: Result) -> dict[str, Any]:
    data = {**check_dict(result.check), "status": result.status, "durationMs": round(result.duration_ms, 3)}
    if result.reason:
        data["reason"] = result.reason
    data["failures"] = [breach_dict(breach) for breach in result.breaches]
    return data


def breach_dict(breach: Breach) -> dict[str, Any]:
    return {
        "message": breach.message,
        "path": breach.path,
        "atOnce": breach.at_once,
        "steps": [
            {"sent": _request_dict(sent.request), "received": _reply_dict(sent.reply, sent.actions)}
            for sent in breach.steps
        ],
        "again": repeat_line(breach),
    }


def _request_dict(request: Request) -> dict[str, Any]:
    return {"method": request.method, "url": request.url, "headers": dict(request.headers), **_body(request.body)}


def _reply_dict(reply: Reply, actions: list[dict[str, Any]]) -> dict[str, Any]:
    if reply.failure is not None:
        return {"failure": reply.failure.kind, "message": reply.failure.message}
    data = {"status": reply.status, "durationMs": round(reply.duration_ms, 3), "headers": dict(reply.headers)}
    return data | (_body(reply.body) if reply.status is not None else {"actions": actions})


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}
