"""Does the public URL lead to us? Asked through the public URL itself, before it is registered."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from aiflow_cli.clock import Clock
from aiflow_cli.errors import TunnelError
from aiflow_cli.transports.trimmed_httpx import httpx

WAIT_SECONDS = 30.0
"""A fresh name takes a while until every resolver knows it."""

_EACH_SECONDS = 5.0
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """What to send and what must come back; only the recorder knows the answer."""

    header: str
    question: str
    answer: str


class SelfTest:
    """Asks the recorder through the public URL.

    Args:
        question: as the recorder knows it.
        clock: waits between tries.
    """

    def __init__(self, question: Question, *, clock: Clock) -> None:
        self._question = question
        self._clock = clock

    def failure(self, url: str) -> str | None:
        """Why the URL does not lead to us; None where it does. ``ws(s)`` URLs are asked by HTTP."""
        http = "http" + url.removeprefix("ws") if url.startswith("ws") else url
        # The second one keeps ngrok's page for browsers away.
        headers = {self._question.header: self._question.question, "ngrok-skip-browser-warning": "1"}
        loopback = http.startswith("http://127.0.0.1")
        try:
            verify = ssl.create_default_context() if http.startswith("https:") else False
            with httpx.Client(verify=verify, timeout=_EACH_SECONDS, trust_env=not loopback) as client:
                response = client.post(http, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return str(error) or type(error).__name__
        if response.text.strip() == self._question.answer:
            return None
        return f"something else answers there, with {response.status_code}"

    def wait(self, url: str, *, seconds: float = WAIT_SECONDS) -> None:
        """Until the URL leads to us.

        Raises:
            TunnelError: it does not within ``seconds``.
        """
        deadline = self._clock.monotonic() + seconds
        while (failure := self.failure(url)) is not None:
            if self._clock.monotonic() > deadline:
                raise TunnelError(
                    f"{url} does not lead to the recorder: {failure}",
                    hint="is the tunnel's program well, and does the URL lead to this machine?",
                )
            self._clock.sleep(_PAUSE_SECONDS)
