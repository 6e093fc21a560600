"""Deliver events by HTTP POST, as the service does (protocol.md section 1)."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from aiflow_cli.errors import ConfigError
from aiflow_cli.loopback import is_loopback
from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES, Failure, Reply
from aiflow_cli.transports.causes import causes, is_unknown_host
from aiflow_cli.transports.trimmed_httpx import httpx

SECRET_HEADER = "X-API-TOKEN"


def sendable(secret: str) -> str:
    """The secret, if a header can carry it.

    Raises:
        ConfigError: it holds a line break or another control character, or bytes that are not UTF-8.
    """
    if any("\ud800" <= character <= "\udfff" for character in secret):
        raise ConfigError("the secret holds bytes that are not UTF-8", hint="check AIFLOW_SECRET")
    if any(ord(character) < 32 or ord(character) == 127 for character in secret):
        raise ConfigError(
            "the secret holds a line break or another control character, which no HTTP header can carry",
            hint="check AIFLOW_SECRET: a file with Windows line ends leaves one at its end",
        )
    return secret


class HttpWebhook:
    """A webhook behind an ``http(s)://`` URL. Keeps its connection between deliveries.

    Args:
        url: of the webhook.
        secret: sent as ``X-API-TOKEN`` where set.
        timeout: seconds to wait for a complete answer; None waits for ever.

    Raises:
        ConfigError: no header can carry the secret.
    """

    kind: Literal["http", "websocket"] = "http"

    def __init__(self, url: str, *, secret: str | None = None, timeout: float | None = 5.0) -> None:
        self.url = url
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "User-Agent": "aiflow"}
        if secret:
            self._headers[SECRET_HEADER] = sendable(secret)
        # Loading the CA bundle takes longer than the rest of a request: only where there is a certificate.
        verify = ssl.create_default_context() if url.startswith("https:") else False
        self._client = httpx.Client(verify=verify, timeout=timeout, trust_env=not is_loopback(url))

    def deliver(self, event: Mapping[str, Any]) -> Reply:
        """Send one event and read the whole answer. Never raises for what the webhook does."""
        return self.post(json.dumps(event, ensure_ascii=False).encode())

    def post(self, body: bytes, *, headers: Mapping[str, str] | None = None, method: str = "POST") -> Reply:
        """Send raw bytes; ``headers`` override ours (``request`` leaves ours out)."""
        return self.request(
            body, method=method, headers=self._headers if headers is None else {**self._headers, **headers}
        )

    def request(self, content: bytes | Iterable[bytes], *, headers: Mapping[str, str], method: str = "POST") -> Reply:
        """Send a request with these headers and no others but what HTTP itself asks for.

        Args:
            content: the body; an iterable is sent in chunks (``Transfer-Encoding: chunked``).
        """
        started = time.perf_counter()
        # As bytes, because httpx would refuse a secret that is not ASCII.
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]

        def elapsed() -> float:
            return (time.perf_counter() - started) * 1000

        try:
            with self._client.stream(method, self.url, content=content, headers=sent) as response:
                answer = self._read(response, started)
                received = {name.lower(): value for name, value in response.headers.items()}
                return Reply(status=response.status_code, body=answer, duration_ms=elapsed(), headers=received)
        except (httpx.TimeoutException, TimeoutError):
            limit = f"{self._timeout:g} s" if self._timeout is not None else "the time limit"
            return Reply(duration_ms=elapsed(), failure=Failure("timeout", f"no complete answer within {limit}"))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            return Reply(duration_ms=elapsed(), failure=Failure("connection-error", self._reason(error)))

    def _read(self, response: httpx.Response, started: float) -> bytes:
        """The body; cut off after ``MAX_ANSWER_BYTES``, given up after the timeout (httpx's is per read)."""
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                break
            if self._timeout is not None and time.perf_counter() - started > self._timeout:
                raise TimeoutError
        return b"".join(chunks)[: MAX_ANSWER_BYTES + 1]

    def _reason(self, error: Exception) -> str:
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes(error)):
            return f"nothing listens at {self.url} (connection refused)"
        if is_unknown_host(error):
            return f"{self.url} did not answer: no address is known for its host (DNS)"
        text = str(error).strip() or type(error).__name__
        return f"{self.url} did not answer: {text}"

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> HttpWebhook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
