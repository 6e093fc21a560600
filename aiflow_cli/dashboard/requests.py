"""Requests to a dashboard: credentials, proxies, certificates, waiting, and what each refusal means."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiflow_cli.clock import Clock
from aiflow_cli.config.credentials import HOW_TO_SET, Credential
from aiflow_cli.dashboard.problems import (
    Invalid,
    NotCallable,
    NotFound,
    NotPublished,
    Refused,
    Unavailable,
    from_document,
)
from aiflow_cli.errors import AiflowError, ConfigError
from aiflow_cli.loopback import is_loopback
from aiflow_cli.transports.causes import causes, is_unknown_host
from aiflow_cli.transports.trimmed_httpx import httpx

TIMEOUT_SECONDS = 30.0
CONNECT_SECONDS = 5.0
ATTEMPTS = 4
LONGEST_WAIT = 30.0
"""Seconds; a server that wants more is told to the user instead."""

SAFE_TO_REPEAT = ("GET", "PATCH")
"""PATCH sets absolute values, so that a second one changes nothing more; a second POST might call twice."""

Params = Iterable[tuple[str, str]]


class Requests:
    """Sends requests to one dashboard; every failure is a class of ``problems``."""

    def __init__(
        self, url: str, *, name: str, credential: Credential | None, clock: Clock, environ: Mapping[str, str]
    ) -> None:
        self._url = url
        self._name = name
        self._credential = credential
        self._clock = clock
        headers = {"User-Agent": "aiflow", "Accept": "application/json"}
        if credential is not None:
            headers["Authorization"] = credential.header
        self._client = httpx.Client(
            base_url=url,
            headers=headers,
            verify=_certificates(url, environ),
            timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS),
            # A proxy from the environment must not be asked for the developer's own machine.
            trust_env=not is_loopback(url),
        )

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The JSON value of a successful answer. Options as for ``send``."""
        response = self.send(method, path, **options)
        try:
            return response.json()
        except ValueError:
            raise Unavailable(
                f"{self._url}{path} answered {response.status_code} without JSON",
                hint="is that URL a dashboard? its base ends before /v3",
            ) from None

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: object = None,
        headers: Mapping[str, str] | None = None,
        published: bool = False,
    ) -> httpx.Response:
        """Send one request, again where that is safe and the server asked for it.

        Args:
            published: the vendor documents this route, so that a 404 is about what was asked for.
        """
        request = self._client.build_request(
            method, path, params=httpx.QueryParams(tuple(params)), json=body, headers=headers
        )
        for attempt in range(1, ATTEMPTS + 1):
            response = self._once(request)
            if response.is_success:
                return response
            error = self._refusal(response, published=published)
            wait = self._wait(error, method, attempt)
            if wait is None:
                raise error
            self._clock.sleep(wait)
        raise AssertionError("the last attempt raises")

    def _once(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._client.send(request)
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError) as error:
            raise self._no_answer(error) from error

    def _wait(self, error: AiflowError, method: str, attempt: int) -> float | None:
        """Seconds until the next attempt; None where there is none."""
        if not isinstance(error, Unavailable) or error.retry_after is None:
            return None
        if method not in SAFE_TO_REPEAT or attempt == ATTEMPTS or error.retry_after > LONGEST_WAIT:
            return None
        return error.retry_after

    @contextmanager
    def stream(
        self, path: str, *, params: Params, headers: Mapping[str, str], read_seconds: float
    ) -> Iterator[httpx.Response]:
        """Open an answer that does not end; a silence of ``read_seconds`` breaks it off with httpx's ReadTimeout."""
        timeout = httpx.Timeout(CONNECT_SECONDS, read=read_seconds)
        request = self._client.build_request(
            "GET", path, params=httpx.QueryParams(tuple(params)), headers=headers, timeout=timeout
        )
        try:
            response = self._client.send(request, stream=True)
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise self._no_answer(error) from error
        try:
            if not response.is_success:
                response.read()
                raise self._refusal(response, published=False)
            yield response
        finally:
            response.close()

    def _no_answer(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"the dashboard {self._name} did not answer: {_reason(error)}",
            hint="start it with `aiflow dashboard`" if is_loopback(self._url) else "check the URL, network and proxy",
        )

    def _refusal(self, response: httpx.Response, *, published: bool) -> AiflowError:
        """What a status other than 2xx means (dashboard-api.md, "Against the vendor")."""
        status = response.status_code
        if status in (401, 403):
            return self._refused(status)
        document = _document(response)
        if (ours := from_document(document)) is not None:
            return ours
        route = f"{response.request.method} {response.request.url.path}"
        if status in (429, 503):
            return self._busy(response)
        if status == 400 and published:
            return NotCallable(f"{route}: {_detail(document, 'the flow has no phone number')}")
        if status in (404, 410) and published:
            return NotFound(f"the dashboard {self._name} has no such flow ({route})", hint="see `aiflow flows list`")
        if status in (404, 405, 410, 501):
            return NotPublished(
                f"the dashboard {self._name} does not publish {route} (it answered {status})",
                hint="only `aiflow dashboard` is known to answer it; elsewhere use the service's own dashboard page",
            )
        if status in (400, 409, 412, 422):
            return Invalid({"": f"{route}: {_detail(document, f'refused with {status}')}"})
        return Unavailable(
            f"the dashboard {self._name} answered {route} with {status}: {_detail(document, 'no reason')}"
        )

    def _refused(self, status: int) -> Refused:
        if self._credential is None:
            return Refused(f"the dashboard {self._name} wants a credential ({status}); none was sent", hint=HOW_TO_SET)
        used = self._credential.description
        verb = "refused" if status == 401 else "does not allow this for"
        return Refused(f"the dashboard {self._name} {verb} {used} ({status})", hint=f"for another one, {HOW_TO_SET}")

    def _busy(self, response: httpx.Response) -> Unavailable:
        wait = _retry_after(response.headers.get("Retry-After"), now=self._clock.now())
        return Unavailable(
            f"the dashboard {self._name} is busy ({response.status_code})",
            hint=f"try again in {wait:.0f} s" if wait >= 1 else "try again in a moment",
            retry_after=wait,
        )

    def close(self) -> None:
        self._client.close()


def _certificates(url: str, environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    """SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, else certifi. Costs tens of milliseconds: for https alone."""
    if not url.startswith("https:"):
        return False
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE") if environ.get(name)]
    try:
        if named == ["REQUESTS_CA_BUNDLE"]:
            return ssl.create_default_context(cafile=environ["REQUESTS_CA_BUNDLE"])
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        raise ConfigError(f"the certificates named by {' and '.join(named)} cannot be read: {error}") from None


def _reason(error: BaseException) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    for cause in causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there (connection refused)"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message}); name yours with SSL_CERT_FILE"
    if is_unknown_host(error):
        return "no address is known for its host (DNS)"
    return str(error).strip() or type(error).__name__


def _document(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None


def _detail(document: object, otherwise: str) -> str:
    """The reason that a service gives in one of the usual places."""
    if isinstance(document, Mapping):
        for name in ("detail", "message", "error", "title"):
            if isinstance(document.get(name), str) and document[name]:
                return str(document[name])[:300]
    return otherwise


def _retry_after(header: str | None, *, now: float) -> float:
    """Seconds to wait: a number or an HTTP date (RFC 9110 section 10.2.3); 1 where the header says neither."""
    if header is None:
        return 1.0
    if header.strip().isdigit():
        return float(header)
    from email.utils import parsedate_to_datetime

    try:
        return max(parsedate_to_datetime(header).timestamp() - now, 0.0)
    except ValueError:
        return 1.0
