"""The local dashboard's HTTP API: a thin skin on the dashboard in process (dashboard-api.md).

Handlers are synchronous and run in worker threads; the streams alone run in the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from aiflow_cli._version import __version__
from aiflow_cli.dashboard import schemas
from aiflow_cli.dashboard.contract import DEFAULT_LIMIT, MAX_LIMIT, Flow, FlowFields
from aiflow_cli.dashboard.fields import reason_of
from aiflow_cli.dashboard.guard import App, Guard
from aiflow_cli.dashboard.live import Live
from aiflow_cli.dashboard.local import LocalDashboard
from aiflow_cli.dashboard.openapi import describe
from aiflow_cli.dashboard.positions import MAX_ID, read_position
from aiflow_cli.dashboard.problems import MEDIA_TYPE, Invalid, to_document
from aiflow_cli.dashboard.sse import MEDIA_TYPE as EVENT_STREAM
from aiflow_cli.errors import AiflowError
from aiflow_cli.recording.exchange import Outcome
from aiflow_cli.store import query as store_query

After = Annotated[schemas.Position | None, Query(description="Only what comes after this id, or since this time.")]
Before = Annotated[schemas.Position | None, Query(description="Only what comes before this id or time.")]
Types = Annotated[list[str], Query(description="Event types, any of them.")]
Outcomes = Annotated[list[Outcome], Query(description="Any of them.")]
SessionId = Annotated[str | None, Query(description="Of this call alone.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items in the answer.")]
Newest = Annotated[bool, Query(description="The newest of the selection rather than the oldest.")]
LastEventId = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=MAX_ID, description="Where to go on.")]
ExchangeId = Annotated[int, Path(alias="exchangeId", ge=1, le=MAX_ID)]
CallId = Annotated[str, Path(alias="sessionId")]


def create_app(dashboard: LocalDashboard, *, live: Live, token: str | None = None) -> App:
    """The ASGI application.

    Args:
        dashboard: answers everything but the streams.
        live: the streams.
        token: where set, requests must bring it.
    """
    app = FastAPI(
        title="aiflow local dashboard",
        version=__version__,
        description="The local stand-in for the AI Flow dashboard, and the exchange log.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    _add_problems(app)
    _FlowRoutes(dashboard).add_to(app.router)
    _LogRoutes(dashboard, live).add_to(app.router)
    describe(app)
    return Guard(app, token=token)


class _FlowRoutes:
    """Flows, numbers, calls."""

    def __init__(self, dashboard: LocalDashboard) -> None:
        self._dashboard = dashboard

    def add_to(self, router: APIRouter) -> None:
        add = router.add_api_route
        flow, flows = schemas.FlowModel, list[schemas.FlowModel]
        add("/healthz", self.healthz, response_model=schemas.HealthModel, tags=["health"])
        add("/v3/ai-flows", self.list_flows, response_model=flows, tags=["flows"])
        add("/v3/ai-flows", self.create_flow, methods=["POST"], status_code=201, response_model=flow, tags=["flows"])
        add("/v3/ai-flows/{id}", self.read_flow, response_model=flow, tags=["flows"])
        add("/v3/ai-flows/{id}", self.change_flow, methods=["PATCH"], response_model=flow, tags=["flows"])
        add("/v3/ai-flows/{id}", self.delete_flow, methods=["DELETE"], status_code=204, tags=["flows"])
        placed = schemas.PlacedCallModel
        path = "/v3/ai-flows/{id}/call"
        add(path, self.place_call, methods=["POST"], status_code=201, response_model=placed, tags=["calls"])
        add("/v3/phone-numbers", self.list_numbers, response_model=list[schemas.NumberModel], tags=["calls"])

    def healthz(self) -> Response:
        """Whether the dashboard is up, and its version."""
        return JSONResponse({"status": "ok", "version": __version__, "storeId": self._dashboard.store.id})

    def list_flows(self) -> Response:
        """List the flows, oldest first."""
        return JSONResponse([flow.to_dict() for flow in self._dashboard.flows()])

    def create_flow(self, body: schemas.FlowCreate) -> Response:
        """Create a flow."""
        flow = self._dashboard.create_flow(_fields(body))
        return _flow(flow, 201, {"Location": f"/v3/ai-flows/{flow.id}"})

    def read_flow(self, id: str) -> Response:
        """One flow."""
        return _flow(self._dashboard.flow(id))

    def change_flow(
        self, id: str, body: schemas.FlowChange, if_match: Annotated[str | None, Header(alias="If-Match")] = None
    ) -> Response:
        """Change a flow; with `If-Match` only if nobody else did."""
        return _flow(self._dashboard.change_flow(id, _fields(body), if_match=if_match))

    def delete_flow(self, id: str) -> Response:
        """Delete a flow; its exchanges stay."""
        self._dashboard.delete_flow(id)
        return Response(status_code=204)

    def place_call(self, id: str, body: schemas.CallCreate) -> Response:
        """Begin a simulated call to the flow's webhook."""
        placed = self._dashboard.place_call(id, to_phone_number=body.toPhoneNumber, billing_device=body.billingDevice)
        return JSONResponse({"callId": placed.call_id}, 201)

    def list_numbers(
        self, offset: Annotated[int, Query(ge=0, le=MAX_ID)] = 0, limit: Limit = DEFAULT_LIMIT
    ) -> Response:
        """The numbers of the flows."""
        numbers = self._dashboard.phone_numbers(offset=offset, limit=limit)
        return JSONResponse([number.to_dict() for number in numbers])


class _LogRoutes:
    """The exchange log: pages, streams, calls, repeating."""

    def __init__(self, dashboard: LocalDashboard, live: Live) -> None:
        self._dashboard = dashboard
        self._live = live

    def add_to(self, router: APIRouter) -> None:
        add = router.add_api_route
        flow, page, tags = "/v3/ai-flows/{id}", schemas.PageModel, _LOG
        stream: dict[str, Any] = {"response_class": StreamingResponse, "responses": {200: _STREAM}, "tags": tags}
        add("/v3/events", self.all_events, response_model=page, tags=tags)
        add("/v3/events/stream", self.stream_all, **stream)
        add(f"{flow}/events", self.flow_events, response_model=page, tags=tags)
        add(f"{flow}/events/stream", self.stream_flow, **stream)
        path, exchange = f"{flow}/events/{{exchangeId}}/replay", schemas.ExchangeModel
        add(path, self.replay, methods=["POST"], status_code=201, response_model=exchange, tags=tags)
        add(f"{flow}/sessions", self.list_sessions, response_model=list[schemas.SessionModel], tags=tags)
        add(f"{flow}/sessions/{{sessionId:path}}", self.read_session, response_model=schemas.SessionDetails, tags=tags)

    def all_events(
        self,
        after: After = None,
        before: Before = None,
        limit: Limit = DEFAULT_LIMIT,
        type: Types = [],  # noqa: B006 (FastAPI copies it)
        sessionId: SessionId = None,
        outcome: Outcomes = [],  # noqa: B006
        newest: Newest = False,
    ) -> Response:
        """Page through the exchanges of all flows, oldest first."""
        query = _query(None, after=after, before=before, types=type, session_id=sessionId, outcomes=outcome)
        return self._page(query, limit, newest)

    def flow_events(
        self,
        id: str,
        after: After = None,
        before: Before = None,
        limit: Limit = DEFAULT_LIMIT,
        type: Types = [],  # noqa: B006
        sessionId: SessionId = None,
        outcome: Outcomes = [],  # noqa: B006
        newest: Newest = False,
    ) -> Response:
        """Page through the exchanges of one flow, oldest first."""
        query = _query(id, after=after, before=before, types=type, session_id=sessionId, outcomes=outcome)
        return self._page(query, limit, newest)

    def _page(self, query: store_query.Query, limit: int, newest: bool) -> Response:
        page = self._dashboard.exchanges(query, limit=limit, newest=newest)
        items = ",".join(text for _, text in page.rows)
        behind = "null" if page.next is None else str(page.next)
        content = f'{{"items":[{items}],"next":{behind},"newest":{page.newest}}}'
        return Response(content, media_type="application/json")

    async def stream_all(
        self,
        after: After = None,
        type: Types = [],  # noqa: B006
        sessionId: SessionId = None,
        outcome: Outcomes = [],  # noqa: B006
        last_event_id: LastEventId = None,
    ) -> Response:
        """Follow the exchanges of all flows."""
        query = _query(None, after=after, before=None, types=type, session_id=sessionId, outcomes=outcome)
        return self._stream(query, last_event_id)

    async def stream_flow(
        self,
        id: str,
        after: After = None,
        type: Types = [],  # noqa: B006
        sessionId: SessionId = None,
        outcome: Outcomes = [],  # noqa: B006
        last_event_id: LastEventId = None,
    ) -> Response:
        """Follow the exchanges of one flow."""
        query = _query(id, after=after, before=None, types=type, session_id=sessionId, outcomes=outcome)
        return self._stream(query, last_event_id)

    def _stream(self, query: store_query.Query, last_event_id: int | None) -> Response:
        resumed = store_query.resumed(query, last_event_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._live.stream(resumed), media_type=EVENT_STREAM, headers=headers)

    def replay(self, id: str, exchange_id: ExchangeId, body: schemas.Replay | None = None) -> Response:
        """Send a recorded event again."""
        url = body.webhookUrl if body is not None else None
        return JSONResponse(self._dashboard.replay(id, exchange_id, webhook_url=url).to_dict(), 201)

    def list_sessions(self, id: str, limit: Limit = DEFAULT_LIMIT) -> Response:
        """Calls that the log has seen, newest first."""
        return JSONResponse([session.to_dict() for session in self._dashboard.sessions(id, limit=limit)])

    def read_session(self, id: str, session_id: CallId) -> Response:
        """One call with its exchanges."""
        return JSONResponse(self._dashboard.session(id, session_id).to_dict())


_LOG: list[str | Enum] = ["log"]
_STREAM = {
    "description": "Frames `exchange` and `gap`; a frame of `id` alone tells the position.",
    "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
}


def _flow(flow: Flow, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(flow.to_dict(), status, {"ETag": flow.etag or "", **(headers or {})})


def _fields(body: schemas.FlowCreate | schemas.FlowChange) -> FlowFields:
    """Only what the client sent: a field that is missing is left alone, null clears it."""
    fields: FlowFields = {}
    for name in body.model_fields_set:
        match name:
            case "name":
                fields["name"] = body.name
            case "webhookUrl":
                fields["webhook_url"] = body.webhookUrl
            case "apiToken":
                fields["api_token"] = body.apiToken
            case "phoneNumber":
                fields["phone_number"] = body.phoneNumber
    return fields


def _query(
    flow_id: str | None,
    *,
    after: str | None,
    before: str | None,
    types: list[str],
    session_id: str | None,
    outcomes: list[Outcome],
) -> store_query.Query:
    after_id, since = read_position(after) if after is not None else (None, None)
    before_id, until = read_position(before) if before is not None else (None, None)
    return store_query.Query(
        flow_id=flow_id,
        session_id=session_id,
        types=tuple(types),
        outcomes=tuple(outcomes),
        after_id=after_id,
        before_id=before_id,
        since=since,
        until=until,
    )


def _add_problems(app: FastAPI) -> None:
    """Every error leaves as a problem document."""

    @app.exception_handler(AiflowError)
    async def ours(request: Request, error: AiflowError) -> Response:
        document = to_document(error)
        return JSONResponse(document, document["status"], media_type=MEDIA_TYPE)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return await ours(request, Invalid(dict(map(_wrong, error.errors()))))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        document = {"type": "about:blank", "title": error.detail, "status": error.status_code, "detail": error.detail}
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
        return JSONResponse(document, error.status_code, headers, media_type=MEDIA_TYPE)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        document = to_document(AiflowError(f"a fault in aiflow: {type(error).__name__}"))
        return JSONResponse(document, 500, media_type=MEDIA_TYPE)


def _wrong(error: Mapping[str, Any]) -> tuple[str, str]:
    """A field and what is wrong with it, in the words of the dashboard in process: a pattern tells people nothing."""
    field = ".".join(map(str, error["loc"][1:]))
    if error["type"] == "missing":
        return field, "is missing"
    known = reason_of(field) if error["loc"][0] == "body" else None
    return field, known or str(error["msg"])


def _allowed(request: Request) -> str:
    """Every method of a path; Starlette tells those of the first route alone."""
    matching = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in matching for method in route.methods or ()}))
