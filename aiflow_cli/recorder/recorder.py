"""The recorder: the connections of both sides, the gate between them, and the journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from aiflow_cli.protocol.reply import MAX_ANSWER_BYTES
from aiflow_cli.recorder.conversation import Conversation
from aiflow_cli.recorder.downstream import Downstream
from aiflow_cli.recorder.gate import Gate, SelfTest
from aiflow_cli.recorder.journal import Journal
from aiflow_cli.recorder.messages import Refusal, Request, Response, forwarded, refused
from aiflow_cli.recorder.relay import Relay
from aiflow_cli.recorder.target import Target
from aiflow_cli.recorder.upstream import AppAnswer, Pool
from aiflow_cli.recorder.witness import CLIENT_GONE, Witness
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.store import Store

MAX_CONNECTIONS = 1000
RECEIVE_SECONDS = 30.0
"""How long a request may take to arrive, and a connection may stay silent before its first one."""

SWEEP_SECONDS = 0.5


class Recorder:
    """Forwards what is meant for the webhook, stores it, and passes the answer on.

    Args:
        target: the webhook of the user's app.
        store: the exchange log.
        flow_id: the flow that the exchanges belong to.
        secret: what ``X-API-TOKEN`` must be; None lets everybody in.
        timeout: seconds for the app's complete answer; None waits for ever.
        on_stored: told of every exchange once it is on disk, from the event loop's thread; must not block.
    """

    def __init__(
        self,
        target: Target,
        store: Store,
        *,
        flow_id: str,
        secret: str | None = None,
        timeout: float | None = 30.0,
        on_stored: Callable[[Sequence[Exchange]], None] = lambda _: None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.target = target
        self.self_test = SelfTest()
        self.connections: set[Downstream] = set()
        self._gate = Gate(target, secret)
        self._witness = Witness(flow_id, target.url)
        self._pool = Pool(target, timeout, self.loop)
        self._journal = Journal(store, self.loop, on_stored)
        self._relays: set[Relay] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on loopback; returns the port."""
        self._server = await self.loop.create_server(lambda: Downstream(self), "127.0.0.1", port, backlog=1024)
        self._sweep()
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self, grace: float) -> None:
        """Take nothing new, give what is under way ``grace`` seconds, then close."""
        if self._server is not None:
            self._server.close()
        deadline = self.loop.time() + grace
        for connection in list(self.connections):
            if connection.is_idle:
                connection.close()
        for relay in list(self._relays):
            relay.close()
        while self.loop.time() < deadline and not self._is_drained():
            await asyncio.sleep(0.01)
        if self._sweeper is not None:
            self._sweeper.cancel()
        for relay in list(self._relays):
            relay.abort()
        self._journal.close()
        for connection in list(self.connections):
            connection.close()
        await self._pool.close()

    def _is_drained(self) -> bool:
        return (
            self._journal.is_empty
            and not self._relays
            and not any(connection.is_serving for connection in self.connections)
        )

    # -- what a connection asks ------------------------------------------------------------------------

    def head_defect(self, request: Request) -> Refusal | None:
        if len(self.connections) > MAX_CONNECTIONS:
            return Refusal(503, f"more than {MAX_CONNECTIONS} connections at once")
        return self._gate.defect(request)

    def refuses_body(self, request: Request) -> bool:
        return self._gate.refusal(request) is not None

    def handle(self, request: Request, connection: Downstream) -> None:
        response = self.self_test.response(request, self.target.path)
        if response is not None:
            return connection.answer(response)
        refusal = self._gate.refusal(request)
        if refusal is not None:
            return self._refuse(request, connection, refusal)
        if self._journal.failure is not None:
            return connection.answer(refused(_no_log()))
        if self.target.websocket:
            return self._relay(request, connection)
        self._forward(request, connection)

    def _refuse(self, request: Request, connection: Downstream, refusal: Refusal) -> None:
        exchange = self._witness.rejected(request.body, refusal, at=time.time())
        self._journal.add(exchange, lambda stored: connection.answer(refused(refusal if stored else _no_log())))

    def _forward(self, request: Request, connection: Downstream) -> None:
        at = time.time()

        def done(answer: AppAnswer) -> None:
            gone = (CLIENT_GONE,) if connection.transport is None else ()
            exchange = self._witness.answered(request.body, answer, at=at, findings=gone)
            response = _response(answer)
            self._journal.add(exchange, lambda stored: connection.answer(response if stored else refused(_no_log())))

        data = forwarded(request, self.target.authority)
        self._pool.send(data, done, is_head=request.method == b"HEAD")

    def _relay(self, request: Request, connection: Downstream) -> None:
        """The connection speaks WebSocket from here on."""
        transport, leftover = connection.detach()

        def record(relay: Relay) -> Conversation:
            return Conversation(
                self._witness, self._journal, self.loop, pass_on=relay.pass_on, refuse=relay.refuse_unrecorded
            )

        relay = Relay(
            request,
            transport,
            self.target,
            journal=self._journal,
            make=record,
            done=self._relays.discard,
        )
        self._relays.add(relay)
        task = self.loop.create_task(relay.open(leftover))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def lost(self, connection: Downstream) -> None:
        """What was forwarded is recorded all the same, once its answer is there."""

    # -- housekeeping ----------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Give up on requests that never become complete, and on unused connections to the app."""
        self._pool.sweep()
        limit = self.loop.time() - RECEIVE_SECONDS
        for connection in list(self.connections):
            if connection.active_since is not None and connection.active_since < limit:
                connection.time_out()
        self._sweeper = self.loop.call_later(SWEEP_SECONDS, self._sweep)


def _response(answer: AppAnswer) -> Response:
    """What the caller gets for what the app did."""
    if answer.failure is not None:
        return refused(Refusal(504 if answer.failure.kind == "timeout" else 502, ""))
    assert answer.response is not None
    if len(answer.response.body) > MAX_ANSWER_BYTES:
        return refused(Refusal(502, ""))
    return answer.response


def _no_log() -> Refusal:
    return Refusal(503, "the exchange log cannot be written")
