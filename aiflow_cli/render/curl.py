"""The curl command that repeats what aiflow does. The secret stays in its variable."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiflow_cli.conformance.traffic import Request

_LONG_RUN = re.compile(r"(.)\1{499,}", re.DOTALL)
_SAFE_IN_QUOTES = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*")


def curl_command(event: Mapping[str, Any], url: str, *, with_secret: bool) -> str:
    """A command line for a POSIX shell."""
    parts = ["curl -i", shlex.quote(url), "-H 'Content-Type: application/json'"]
    if with_secret:
        parts.append('-H "X-API-TOKEN: $AIFLOW_SECRET"')
    parts.append(f"--data-raw {_quoted(json.dumps(event, ensure_ascii=False))}")
    return " \\\n  ".join(parts)


def curl_request(request: Request) -> str:
    """Any request of a check as a command line for a POSIX shell; curl's own headers are taken out."""
    parts = ["curl -i", *_method(request), shlex.quote(request.url), *_headers(request)]
    if not request.body:
        return " ".join(parts)
    text = _as_text(request.body)
    if text is None:
        return f"printf {shlex.quote(_octal(request.body))} | {' '.join(parts)} --data-binary @-"
    return f"{' '.join(parts)} --data-raw {_quoted(text)}"


def curl_requests(requests: Sequence[Request], *, at_once: bool = False) -> str:
    """Several requests: one after the other, or all at once."""
    lines = [curl_request(request) for request in requests]
    return "\n".join([*(f"{line} &" for line in lines), "wait"]) if at_once else "\n".join(lines)


def _method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    default = "POST" if request.body else "GET"
    return [] if request.method == default else [f"-X {request.method}"]


def _headers(request: Request) -> list[str]:
    shown = {name: value for name, value in request.headers.items() if name not in ("User-Agent", "Connection")}
    if request.body and "Content-Type" not in shown:
        shown["Content-Type"] = ""
    if request.chunked:
        shown["Transfer-Encoding"] = "chunked"
    # "Name:" takes a header of curl's own out, "Name;" sends one that is empty.
    parts = [f"-H {shlex.quote(f'{name}: {value}'.rstrip())}" for name, value in shown.items()]
    token = request.token
    if token.value == "":
        parts.append(f"-H '{token.header};'")
    elif token.value is not None:
        parts.append(f'-H "{token.header}: {token.shell}"')
    return parts


def _as_text(body: bytes) -> str | None:
    """The body where it can stand in quotes."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if _SAFE_IN_QUOTES.fullmatch(text) else None


def _octal(body: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in body)


def _quoted(text: str) -> str:
    """In quotes; a character repeated hundreds of times is made by the shell, so that the line stays readable."""
    parts: list[str] = []
    position = 0
    for run in _LONG_RUN.finditer(text):
        if run[1] in "0\\\n":
            continue
        parts.append(shlex.quote(text[position : run.start()]) if run.start() > position else "")
        parts.append(f'"$(printf %0{len(run[0])}d 0 | tr 0 {shlex.quote(run[1])})"')
        position = run.end()
    return "".join([*parts, shlex.quote(text[position:]) if position < len(text) or not parts else ""])
