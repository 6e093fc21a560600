"""The dashboard as one synchronous interface (dashboard-api.md).

Two things implement it: ``local.LocalDashboard`` over the store, and ``client.HttpDashboard`` over HTTP (the
local server, or the vendor). Whoever holds a ``Dashboard`` cannot tell which one it is. Plain dataclasses,
because ``aiflow logs`` must not pay for building validators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Row, read_row
from aiflow_cli.store.tail import Batch

MAX_LIMIT = 1000
"""Most items that one answer holds."""

DEFAULT_LIMIT = 100


class FlowFields(TypedDict, total=False):
    """What can be set of a flow; a key that is missing is left alone, None clears what may be empty."""

    name: str
    webhook_url: str
    api_token: str | None
    phone_number: str | None


API_NAMES: Mapping[str, str] = {
    "name": "name",
    "webhook_url": "webhookUrl",
    "api_token": "apiToken",
    "phone_number": "phoneNumber",
}
"""The API's name of each of ``FlowFields``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A voice bot as the dashboard knows it. The secret itself is write-only.

    Args:
        webhook_url: http, https, ws or wss.
        has_api_token: a secret is set; it is sent as ``X-API-TOKEN``.
        phone_number: E.164.
        created_at, updated_at: RFC 3339; empty where a service does not tell.
        etag: for ``if_match``; None where a service has none.
    """

    id: str
    name: str
    webhook_url: str
    has_api_token: bool = False
    phone_number: str | None = None
    created_at: str = ""
    updated_at: str = ""
    etag: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        return {
            "id": self.id,
            "name": self.name,
            "webhookUrl": self.webhook_url,
            "hasApiToken": self.has_api_token,
            "phoneNumber": self.phone_number,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "etag": self.etag,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Flow:
        """Tolerant: fields that a service adds or leaves out do no harm. Raises KeyError without an id."""
        return cls(
            id=str(data["id"]),
            name=str(data.get("name") or ""),
            webhook_url=str(data.get("webhookUrl") or ""),
            has_api_token=bool(data.get("hasApiToken")),
            phone_number=data.get("phoneNumber"),
            created_at=str(data.get("createdAt") or ""),
            updated_at=str(data.get("updatedAt") or ""),
            etag=data.get("etag"),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some exchanges of a selection, oldest first.

    Args:
        rows: unparsed.
        next: pass it as ``after_id`` for the page behind this one (``before_id`` where the newest were
            asked for); None where there is none.
        newest: highest id in the whole log when this was read; follow from there.
    """

    rows: list[Row]
    next: int | None
    newest: int

    @property
    def exchanges(self) -> list[Exchange]:
        """The rows, parsed."""
        return [read_row(row) for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call that the log has seen. Times are RFC 3339, UTC, milliseconds.

    Args:
        exchange_count: how many exchanges there are, and ``failed_count`` how many of them the caller
            would notice as broken.
        ended_at: when ``session_end`` was sent; None while the call is on.
        direction, from_phone_number, to_phone_number: as the events have them.
        exchanges: oldest first; only where one call was asked for.
    """

    flow_id: str
    session_id: str
    started_at: str
    last_at: str
    ended_at: str | None
    exchange_count: int
    failed_count: int
    direction: str | None = None
    from_phone_number: str | None = None
    to_phone_number: str | None = None
    exchanges: list[Exchange] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        data: dict[str, Any] = {
            "flowId": self.flow_id,
            "sessionId": self.session_id,
            "startedAt": self.started_at,
            "lastAt": self.last_at,
            "endedAt": self.ended_at,
            "exchangeCount": self.exchange_count,
            "failedCount": self.failed_count,
            "direction": self.direction,
            "fromPhoneNumber": self.from_phone_number,
            "toPhoneNumber": self.to_phone_number,
        }
        if self.exchanges is not None:
            data["exchanges"] = [exchange.to_dict() for exchange in self.exchanges]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Session:
        """The inverse of ``to_dict``."""
        listed = data.get("exchanges")
        return cls(
            flow_id=data["flowId"],
            session_id=data["sessionId"],
            started_at=data["startedAt"],
            last_at=data["lastAt"],
            ended_at=data["endedAt"],
            exchange_count=data["exchangeCount"],
            failed_count=data["failedCount"],
            direction=data.get("direction"),
            from_phone_number=data.get("fromPhoneNumber"),
            to_phone_number=data.get("toPhoneNumber"),
            exchanges=None if listed is None else [Exchange.from_dict(item) for item in listed],
        )


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number and where it leads; ``target_type`` ``AIFLOW`` leads to the flow ``target_id``."""

    e164_number: str
    type: str
    target_type: str | None = None
    target_id: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        routing = {"targetType": self.target_type, "targetId": self.target_id}
        return {"e164Number": self.e164_number, "type": self.type, "routing": routing}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PhoneNumber:
        """Tolerant reading of what the vendor answers."""
        routing = data.get("routing") or {}
        return cls(
            str(data["e164Number"]), str(data.get("type") or ""), routing.get("targetType"), routing.get("targetId")
        )


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that has begun; ``call_id`` is its session id where the service tells one."""

    call_id: str | None


@dataclass(frozen=True, slots=True)
class About:
    """A dashboard that is up.

    Args:
        version: of the software that answers; None where it does not tell.
        details: what else it tells.
    """

    version: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


class Stream(Protocol):
    """A live tail: iterating waits for what comes, for ever. Every batch has something to show."""

    def __iter__(self) -> Iterator[Batch]: ...

    def close(self) -> None:
        """Stop; the iteration ends. May be called from another thread."""

    def __enter__(self) -> Stream: ...

    def __exit__(self, *_: object) -> None: ...


def unheard(sentence: str) -> None:
    """A listener for ``Dashboard.follow`` that does not listen."""


class Dashboard(Protocol):
    """Everything that can be asked of a dashboard. Methods raise the classes of ``problems`` and no other.

    ``name`` is what users call it: ``local``, ``vendor`` or a URL.
    """

    name: str

    def about(self) -> About:
        """Whether it is up, and what it is."""

    def flows(self) -> list[Flow]:
        """Every flow, oldest first."""

    def flow(self, id: str) -> Flow:
        """One flow; raises NotFound."""

    def create_flow(self, fields: FlowFields) -> Flow:
        """Make a flow; ``name`` and ``webhook_url`` must be there. Raises Invalid."""

    def change_flow(self, id: str, fields: FlowFields, *, if_match: str | None = None) -> Flow:
        """Change a flow, unless its etag is another than ``if_match``. Raises NotFound, Changed, Invalid."""

    def delete_flow(self, id: str) -> None:
        """Delete a flow; its exchanges stay. Raises NotFound, Protected."""

    def place_call(self, id: str, *, to_phone_number: str, billing_device: str | None = None) -> PlacedCall:
        """Let the flow call a number: the vendor dials for real, locally a simulated call begins.

        Raises NotFound, NotCallable, Invalid.
        """

    def phone_numbers(self, *, offset: int = 0, limit: int = DEFAULT_LIMIT) -> list[PhoneNumber]:
        """Numbers and where they lead."""

    def exchanges(self, query: Query, *, limit: int = DEFAULT_LIMIT, newest: bool = False) -> Page:
        """A page of the exchange log, oldest first.

        Args:
            query: which ones; ``flow_id`` None means all flows.
            limit: 1 to ``MAX_LIMIT``.
            newest: the newest of the selection rather than the oldest.
        """

    def follow(self, query: Query, *, notify: Callable[[str], None] = unheard) -> Stream:
        """What comes after ``query.after_id`` (else after now), each exchange once and in order.

        Args:
            notify: told in a sentence, once each, that the dashboard went away and that it is back.
        """

    def replay(self, flow_id: str, exchange_id: int, *, webhook_url: str | None = None) -> Exchange:
        """Send a recorded event again, by default to where it went. Raises NotFound, Invalid."""

    def sessions(self, flow_id: str, *, limit: int = DEFAULT_LIMIT) -> list[Session]:
        """Calls that the log has seen, newest first."""

    def session(self, flow_id: str, session_id: str) -> Session:
        """One call with its exchanges; raises NotFound."""

    def close(self) -> None:
        """Let go of files and connections; waits for calls that this process plays."""

    def __enter__(self) -> Dashboard: ...

    def __exit__(self, *_: object) -> None: ...
