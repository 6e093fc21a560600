"""The dashboard in process: the contract over the store. The server is a skin of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from aiflow_cli.clock import Clock, rfc3339
from aiflow_cli.dashboard.contract import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    About,
    Flow,
    FlowFields,
    Page,
    PhoneNumber,
    PlacedCall,
    Session,
    unheard,
)
from aiflow_cli.dashboard.problems import Changed, Invalid, NotCallable, NotFound, Protected
from aiflow_cli.recording.exchange import LOCAL_FLOW, Exchange
from aiflow_cli.store.flows import FlowRow, Flows
from aiflow_cli.store.query import Query
from aiflow_cli.store.sessions import SessionRow, first_exchanges, sessions
from aiflow_cli.store.store import Store
from aiflow_cli.store.tail import Batch, Tail

if TYPE_CHECKING:
    from aiflow_cli.dashboard.calls import CallOrder, Player

_WAIT_SECONDS = 0.2
"""How long a stream waits before it looks whether it was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectBot:
    """The bot of the project that the dashboard runs in; None for what is not set."""

    url: str | None = None
    secret: str | None = None


class LocalDashboard:
    """The dashboard of one store. Safe to share between threads.

    Args:
        store: not closed by this object.
        clock: for the times of changes and calls.
        player: plays the calls that are placed.
        bot: what the flow ``local`` is until somebody changes it. Its secret is never written to the store: it stays
            where the project has it, and a new one there is the flow's new one.
    """

    name = "local"

    def __init__(
        self, store: Store, *, clock: Clock, player: Player | None = None, bot: ProjectBot | None = None
    ) -> None:
        self.store = store
        self._bot = bot or ProjectBot()
        self._flows = Flows(store)
        self._clock = clock
        self._player = player
        self._calls: list[threading.Thread] = []
        self._closing = threading.Event()

    def about(self) -> About:
        from aiflow_cli._version import __version__

        return About(__version__, {"store": str(Path(self.store.path).absolute()), "storeId": self.store.id})

    # -- flows ---------------------------------------------------------------------------------------

    def flows(self) -> list[Flow]:
        return [_public(self._as_meant(row)) for row in self._flows.all()]

    def flow(self, id: str) -> Flow:
        return _public(self._row(id))

    def create_flow(self, fields: FlowFields) -> Flow:
        from aiflow_cli.dashboard.fields import check_fields

        check_fields(fields, required=("name", "webhook_url"))
        now = rfc3339(self._clock.now())
        secret, number = fields.get("api_token"), fields.get("phone_number")
        row = FlowRow(str(uuid4()), fields["name"], fields["webhook_url"], secret, number, now, now, 1)
        self._flows.add(row)
        return _public(row)

    def change_flow(self, id: str, fields: FlowFields, *, if_match: str | None = None) -> Flow:
        from aiflow_cli.dashboard.fields import check_fields

        def check(row: FlowRow) -> None:
            if if_match is not None and not _matches(if_match, _etag(row)):
                raise Changed(f"the flow {row.name} was changed meanwhile", hint="read it again, then change it")

        check_fields(fields)
        values = {name: value for name, value in fields.items() if value is None or isinstance(value, str)}
        if id == LOCAL_FLOW and "api_token" in values:
            # NULL is "nobody has said", and means the project's; an empty one is none, as somebody wants it.
            values["api_token"] = values["api_token"] or ""
        changed = self._flows.change(id, values, at=rfc3339(self._clock.now()), check=check)
        if changed is None:
            raise self._no_flow(id)
        return _public(self._as_meant(changed))

    def delete_flow(self, id: str) -> None:
        if id == LOCAL_FLOW:
            hint = f"change it instead: aiflow flows set-url {LOCAL_FLOW} URL"
            raise Protected(f"the flow {LOCAL_FLOW} is the default and cannot be deleted", hint=hint)
        if not self._flows.remove(id):
            raise self._no_flow(id)

    def _row(self, id: str) -> FlowRow:
        row = self._flows.get(id)
        if row is None:
            raise self._no_flow(id)
        return self._as_meant(row)

    def _as_meant(self, row: FlowRow) -> FlowRow:
        """The flow ``local`` with what its project says where nobody has said anything else."""
        if row.id != LOCAL_FLOW:
            return row
        url = self._bot.url if row.version == 1 else None
        token = self._bot.secret if row.api_token is None else row.api_token
        return replace(row, webhook_url=url or row.webhook_url, api_token=token or None)

    def _no_flow(self, id: str) -> NotFound:
        from difflib import get_close_matches

        known = {row.id: row.id for row in self._flows.all()} | {row.name: row.id for row in self._flows.all()}
        close = get_close_matches(id, known, n=1)
        hint = f"did you mean {known[close[0]]}?" if close else "see `aiflow flows list`"
        return NotFound(f"there is no flow {id}", hint=hint)

    # -- numbers and calls ---------------------------------------------------------------------------

    def phone_numbers(self, *, offset: int = 0, limit: int = DEFAULT_LIMIT) -> list[PhoneNumber]:
        numbers = [
            PhoneNumber(row.phone_number, "SIMULATED", "AIFLOW", row.id)
            for row in self._flows.all()
            if row.phone_number is not None
        ]
        return numbers[offset : offset + limit]

    def place_call(self, id: str, *, to_phone_number: str, billing_device: str | None = None) -> PlacedCall:
        from aiflow_cli.dashboard.calls import CallOrder
        from aiflow_cli.dashboard.fields import check_phone_number

        row = self._row(id)
        check_phone_number(to_phone_number, field="toPhoneNumber")
        if row.phone_number is None:
            hint = f"give it one: aiflow flows set-number {row.id} +49..."
            raise NotCallable(f"the flow {row.name} has no phone number to call from", hint=hint)
        session_id = str(uuid4())
        self._begin(CallOrder(row.id, row.webhook_url, row.api_token, row.phone_number, to_phone_number, session_id))
        return PlacedCall(session_id)

    def _begin(self, order: CallOrder) -> None:
        """Play the call in a thread of its own: placing one does not wait for its end."""
        from aiflow_cli.dashboard.calls import no_player, record_unless_a_tunnel_does

        player = self._player or no_player
        record = record_unless_a_tunnel_does(self.store, secret=order.secret)
        thread = threading.Thread(
            target=player, args=(order, record, self._closing, self._clock), name=f"call {order.session_id}"
        )
        self._calls = [call for call in self._calls if call.is_alive()] + [thread]
        thread.start()

    # -- the exchange log ----------------------------------------------------------------------------

    def exchanges(self, query: Query, *, limit: int = DEFAULT_LIMIT, newest: bool = False) -> Page:
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid({"limit": f"must be 1 to {MAX_LIMIT}"})
        rows, highest = self.store.page(query, limit + 1, newest=newest)
        more = len(rows) > limit
        rows = (rows[-limit:] if newest else rows[:limit]) if more else rows
        return Page(rows, rows[0 if newest else -1][0] if more else None, highest)

    def follow(self, query: Query, *, notify: Callable[[str], None] = unheard) -> LocalStream:
        return LocalStream(self.store, query)

    def replay(self, flow_id: str, exchange_id: int, *, webhook_url: str | None = None) -> Exchange:
        from aiflow_cli.dashboard.calls import replay

        original = self.store.get(exchange_id)
        if original is None or original.flow_id != flow_id:
            raise NotFound(f"there is no exchange {exchange_id} in the log of the flow {flow_id}")
        if webhook_url is not None:
            from aiflow_cli.dashboard.fields import check_fields

            check_fields({"webhook_url": webhook_url})
        row = self._flows.get(flow_id)
        flow = self._as_meant(row) if row is not None else None
        return replay(self.store, original, flow, url=webhook_url, clock=self._clock)

    def sessions(self, flow_id: str, *, limit: int = DEFAULT_LIMIT) -> list[Session]:
        rows = sessions(self.store, Query(flow_id=flow_id), limit)
        first = first_exchanges(self.store, rows)
        return [_session(row, first.get(row.first_id)) for row in rows]

    def session(self, flow_id: str, session_id: str) -> Session:
        query = Query(flow_id=flow_id, session_id=session_id)
        rows = sessions(self.store, query, 1)
        if not rows:
            raise NotFound(f"the log of the flow {flow_id} has no call {session_id}")
        exchanges = self.store.first(query, MAX_LIMIT)
        return replace(_session(rows[0], exchanges[0]), exchanges=exchanges)

    def close(self, *, end_calls: bool = False) -> None:
        """Wait for the calls that are being played; with ``end_calls`` they hear nothing more and end at once."""
        if end_calls:
            self._closing.set()
        for call in self._calls:
            call.join()

    def __enter__(self) -> LocalDashboard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LocalStream:
    """The live tail of the store."""

    def __init__(self, store: Store, query: Query) -> None:
        self._tail = Tail(store, query)
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Batch]:
        while not self._closed.is_set():
            batch = self._tail.next(_WAIT_SECONDS)
            if batch.rows or batch.gap:
                yield batch

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> LocalStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._tail.close()


def _public(row: FlowRow) -> Flow:
    return Flow(
        id=row.id,
        name=row.name,
        webhook_url=row.webhook_url,
        has_api_token=row.api_token is not None,
        phone_number=row.phone_number,
        created_at=row.created_at,
        updated_at=row.updated_at,
        etag=_etag(row),
    )


def _etag(row: FlowRow) -> str:
    """A flow's ids are never given twice, so that its version alone tells its states apart."""
    return f'"v{row.version}"'


def _matches(if_match: str, etag: str) -> bool:
    """RFC 9110 section 13.1.1: ``*`` or a list; weak tags never match."""
    return if_match.strip() == "*" or etag in [tag.strip() for tag in if_match.split(",")]


def _session(row: SessionRow, first: Exchange | None) -> Session:
    event = first.event if first is not None else None
    told = event.get("session") if event else None
    session = told if isinstance(told, dict) else {}

    def text(name: str) -> str | None:
        value = session.get(name)
        return value if isinstance(value, str) else None

    return Session(
        flow_id=row.flow_id,
        session_id=row.session_id,
        started_at=row.started_at,
        last_at=row.last_at,
        ended_at=row.ended_at,
        exchange_count=row.exchanges,
        failed_count=row.failed,
        direction=text("direction"),
        from_phone_number=text("from_phone_number"),
        to_phone_number=text("to_phone_number"),
    )
