"""The dashboard over HTTP: the local server, or the vendor's REST API (dashboard-api.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from aiflow_cli.clock import Clock
from aiflow_cli.config.credentials import Credential
from aiflow_cli.dashboard.contract import (
    API_NAMES,
    DEFAULT_LIMIT,
    About,
    Flow,
    FlowFields,
    Page,
    PhoneNumber,
    PlacedCall,
    Session,
    unheard,
)
from aiflow_cli.dashboard.problems import NotFound, NotPublished, Unavailable
from aiflow_cli.dashboard.requests import Requests
from aiflow_cli.dashboard.sse import MEDIA_TYPE
from aiflow_cli.dashboard.stream import READ_SECONDS, HttpStream
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Row
from aiflow_cli.transports.trimmed_httpx import httpx

T = TypeVar("T")


class HttpDashboard:
    """A dashboard behind a URL. One thread at a time.

    Args:
        url: base URL, without ``/v3``.
        name: what users call it; by default the URL.
        credential: sent with every request where given.
        clock: waits where the server asks for it.
        environ: for proxies and certificates.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str | None = None,
        credential: Credential | None = None,
        clock: Clock,
        environ: Mapping[str, str],
    ) -> None:
        self.url = url.rstrip("/")
        self.name = name or self.url
        self._requests = Requests(self.url, name=self.name, credential=credential, clock=clock, environ=environ)

    def about(self) -> About:
        told = self._requests.json("GET", "/healthz")
        details = told if isinstance(told, dict) else {}
        version = details.get("version")
        return About(version if isinstance(version, str) else None, details)

    # -- flows ---------------------------------------------------------------------------------------

    def flows(self) -> list[Flow]:
        return self._read(lambda told: [Flow.from_dict(item) for item in told], "GET", "/v3/ai-flows")

    def flow(self, id: str) -> Flow:
        return self._read(Flow.from_dict, "GET", _flow(id))

    def create_flow(self, fields: FlowFields) -> Flow:
        return self._read(Flow.from_dict, "POST", "/v3/ai-flows", body=_body(fields))

    def change_flow(self, id: str, fields: FlowFields, *, if_match: str | None = None) -> Flow:
        headers = {"If-Match": if_match} if if_match is not None else {}
        return self._read(Flow.from_dict, "PATCH", _flow(id), body=_body(fields), headers=headers)

    def delete_flow(self, id: str) -> None:
        self._requests.send("DELETE", _flow(id))

    # -- numbers and calls ---------------------------------------------------------------------------

    def place_call(self, id: str, *, to_phone_number: str, billing_device: str | None = None) -> PlacedCall:
        body = {"toPhoneNumber": to_phone_number}
        if billing_device is not None:
            body["billingDevice"] = billing_device
        response = self._requests.send("POST", f"{_flow(id)}/call", body=body, published=True)
        # The vendor documents the status alone, no body.
        told = _loose_json(response)
        call_id = told.get("callId") if isinstance(told, dict) else None
        return PlacedCall(call_id if isinstance(call_id, str) else None)

    def phone_numbers(self, *, offset: int = 0, limit: int = DEFAULT_LIMIT) -> list[PhoneNumber]:
        def read(told: Any) -> list[PhoneNumber]:
            numbers = told["numbers"] if isinstance(told, dict) else told
            return [PhoneNumber.from_dict(item) for item in numbers]

        params = [("offset", str(offset)), ("limit", str(limit))]
        return self._read(read, "GET", "/v3/phone-numbers", params=params, published=True)

    # -- the exchange log ----------------------------------------------------------------------------

    def exchanges(self, query: Query, *, limit: int = DEFAULT_LIMIT, newest: bool = False) -> Page:
        params = [*_selection(query), ("limit", str(limit))]
        if newest:
            params.append(("newest", "true"))

        def read(told: Any) -> Page:
            rows = [_row(item) for item in told["items"]]
            highest = told.get("newest")
            return Page(rows, told.get("next"), highest if highest is not None else rows[-1][0] if rows else 0)

        page = self._read(read, "GET", f"{_log(query)}", params=params)
        return _inside(page, query)

    def follow(self, query: Query, *, notify: Callable[[str], None] = unheard) -> HttpStream:
        selection = _selection(query)
        path = f"{_log(query)}/stream"

        @contextmanager
        def connect(after: int | None) -> Iterator[httpx.Response]:
            headers = {"Accept": MEDIA_TYPE, "Cache-Control": "no-cache"}
            if after is not None:
                headers["Last-Event-ID"] = str(after)
            params = [pair for pair in selection if pair[0] != "after"]
            with self._requests.stream(path, params=params, headers=headers, read_seconds=READ_SECONDS) as response:
                if not response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
                    raise NotPublished(f"the dashboard {self.name} answered the log stream with something else")
                yield response

        return HttpStream(connect, after=query.after_id, name=self.name, notify=notify)

    def replay(self, flow_id: str, exchange_id: int, *, webhook_url: str | None = None) -> Exchange:
        body = {"webhookUrl": webhook_url} if webhook_url is not None else {}
        return self._read(Exchange.from_dict, "POST", f"{_flow(flow_id)}/events/{exchange_id}/replay", body=body)

    def sessions(self, flow_id: str, *, limit: int = DEFAULT_LIMIT) -> list[Session]:
        def read(told: Any) -> list[Session]:
            return [Session.from_dict(item) for item in told]

        return self._read(read, "GET", f"{_flow(flow_id)}/sessions", params=[("limit", str(limit))])

    def session(self, flow_id: str, session_id: str) -> Session:
        return self._read(Session.from_dict, "GET", f"{_flow(flow_id)}/sessions/{_segment(session_id, what='call')}")

    def _read(self, read: Callable[[Any], T], method: str, path: str, **options: Any) -> T:
        """Send a request and read its answer; an answer of another shape is the server's fault."""
        told = self._requests.json(method, path, **options)
        try:
            return read(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable(
                f"the dashboard {self.name} answered {method} {path} with something unexpected: {error!r}",
                hint="is that URL a dashboard, and is its version like this one?",
            ) from error

    def close(self) -> None:
        self._requests.close()

    def __enter__(self) -> HttpDashboard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _flow(id: str) -> str:
    if "/" in id:
        raise NotFound(f"there is no flow {id!r}")
    return f"/v3/ai-flows/{_segment(id, what='flow')}"


def _segment(id: str, *, what: str) -> str:
    """An id as part of a path; what a path cannot hold (or would swallow) no server can have."""
    if id in ("", ".", ".."):
        raise NotFound(f"there is no {what} {id!r}")
    return quote(id, safe="")


def _log(query: Query) -> str:
    return "/v3/events" if query.flow_id is None else f"{_flow(query.flow_id)}/events"


def _body(fields: FlowFields) -> dict[str, Any]:
    return {API_NAMES[name]: value for name, value in fields.items()}


def _selection(query: Query) -> list[tuple[str, str]]:
    """The query parameters; an id says more exactly than a time where to go on."""
    params = [("type", kind) for kind in query.types] + [("outcome", name) for name in query.outcomes]
    if query.session_id is not None:
        params.append(("sessionId", query.session_id))
    for name, id, time in (("after", query.after_id, query.since), ("before", query.before_id, query.until)):
        if id is not None or time is not None:
            params.append((name, str(id) if id is not None else str(time)))
    return params


def _inside(page: Page, query: Query) -> Page:
    """Where an id went instead of the time, the time is checked here."""
    if (query.after_id is None or query.since is None) and (query.before_id is None or query.until is None):
        return page
    times = [(row, exchange.at) for row, exchange in zip(page.rows, page.exchanges, strict=True)]
    since, until = query.since or "", query.until or "~"
    return Page([row for row, at in times if since <= at < until], page.next, page.newest)


def _row(item: Mapping[str, Any]) -> Row:
    return int(item["id"]), json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _loose_json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
