"""Who may reach the app, and with what: decided before a byte is forwarded (design: "Tunnel"). Pure."""

from __future__ import annotations

import hmac
import secrets

from aiflow_cli.recorder.messages import Refusal, Request, Response
from aiflow_cli.recorder.target import Target

MAX_BODY_BYTES = 1024 * 1024
"""Largest event that is taken; the service's are a few hundred bytes."""

SELF_TEST_HEADER = "X-Aiflow-Self-Test"


class Gate:
    """Lets through what is meant for the webhook, and nothing else of the app.

    Args:
        target: the webhook.
        secret: what ``X-API-TOKEN`` must be; None lets everybody in.
    """

    def __init__(self, target: Target, secret: str | None) -> None:
        self._target = target
        self._secret = secret.encode() if secret else None

    def refusal(self, request: Request) -> Refusal | None:
        """Why a complete request is not forwarded; None where it is."""
        if request.defect is not None:
            return request.defect
        if request.path != self._target.path:
            return Refusal(404, f"{_shown(request.path)} is not the webhook's path; only that one is forwarded")
        if not self._knows_secret(request):
            return Refusal(401, _secret_message(request))
        if request.is_websocket != self._target.websocket:
            return _other_protocol(self._target)
        return None

    def defect(self, request: Request) -> Refusal | None:
        """What is wrong with a request's head, whomever it is for.

        The parser has refused most of what desynchronises servers (two lengths, a length beside chunks,
        spaces before colons, folded lines); this is the rest.
        """
        coding = request.values(b"transfer-encoding")
        if request.method == b"CONNECT":
            return Refusal(405, "this is no proxy to connect through")
        if request.is_websocket and (coding or request.values(b"content-length")):
            return Refusal(400, "a WebSocket handshake has no body")
        if request.version not in ("1.0", "1.1"):
            return Refusal(505, f"HTTP/{request.version} is not spoken here")
        if coding and (request.version == "1.0" or [value.strip().lower() for value in coding] != [b"chunked"]):
            return Refusal(501, "the only transfer coding is chunked")
        if len(request.values(b"host")) != 1 and request.version == "1.1":
            return Refusal(400, "a request names its host exactly once")
        if any(int(value) > MAX_BODY_BYTES for value in request.values(b"content-length") if value.isdigit()):
            return too_large()
        return None

    def _knows_secret(self, request: Request) -> bool:
        if self._secret is None:
            return True
        given = request.values(b"x-api-token")
        return len(given) == 1 and hmac.compare_digest(given[0], self._secret)


class SelfTest:
    """A question that only we can ask and only we can answer: does the public URL lead here?"""

    def __init__(self) -> None:
        self.question = secrets.token_hex(16)
        self.answer = secrets.token_hex(16)

    def response(self, request: Request, path: bytes) -> Response | None:
        """Our answer, where this is our own question on the webhook's path."""
        asked = request.values(SELF_TEST_HEADER.lower().encode())
        if not asked or request.path != path or request.defect is not None:
            return None
        if not hmac.compare_digest(asked[0], self.question.encode()):
            return None
        return Response(200, headers=[(b"Content-Type", b"text/plain")], body=self.answer.encode())


def too_large() -> Refusal:
    return Refusal(413, f"the body is larger than {MAX_BODY_BYTES // 1024 // 1024} MiB")


def _other_protocol(target: Target) -> Refusal:
    if target.websocket:
        offer = ((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"))
        return Refusal(426, "the webhook speaks WebSocket, the request was plain HTTP", offer)
    return Refusal(400, "the webhook speaks HTTP, the request was a WebSocket handshake")


def _secret_message(request: Request) -> str:
    if not request.values(b"x-api-token"):
        return "the request has no X-API-TOKEN; the flow's API token must be AIFLOW_SECRET"
    return "X-API-TOKEN is not the secret; the flow's API token and AIFLOW_SECRET must be the same"


def _shown(path: bytes) -> str:
    text = path[:120].decode("ascii", errors="backslashreplace")
    return text + ("..." if len(path) > 120 else "")
