"""The live tail for many readers at once: one look-out for all of them, a cursor each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress

from aiflow_cli.dashboard.sse import HEARTBEAT_SECONDS, frames, position_frame
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from aiflow_cli.store.tail import POLL_SECONDS, Cursor, data_version


class Live:
    """Streams of one server; everything here runs in its event loop.

    Ten streams that each asked SQLite would cost ten times as much as one look-out that wakes them all.

    Args:
        store: whose log is streamed.
        heartbeat: seconds of silence after which a stream tells its position.
    """

    def __init__(self, store: Store, *, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._store = store
        self._heartbeat = heartbeat
        self._wakers: set[asyncio.Event] = set()
        self._look_out: asyncio.Task[None] | None = None
        self.stopping = False

    async def stream(self, query: Query) -> AsyncIterator[bytes]:
        """Frames of everything behind ``query.after_id`` (else from now on), a whole batch in one piece."""
        waker = asyncio.Event()
        self._enter(waker)
        try:
            with closing(Cursor(self._store, query)) as cursor:
                batch = cursor.look()
                # The position comes first: who is cut off before the first exchange knows where to go on.
                yield frames(batch) or position_frame(batch.looked_at)
                silent_since = time.monotonic()
                while not self.stopping:
                    if batch.more:
                        # A reader that is far behind must not keep the others waiting.
                        await asyncio.sleep(0)
                    else:
                        await self._wait(waker, self._heartbeat - (time.monotonic() - silent_since))
                    waker.clear()
                    batch = cursor.look()
                    piece = frames(batch)
                    if not piece and time.monotonic() - silent_since >= self._heartbeat:
                        piece = position_frame(batch.looked_at)
                    if piece:
                        yield piece
                        silent_since = time.monotonic()
        finally:
            self._leave(waker)

    async def _wait(self, waker: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await waker.wait()

    def _enter(self, waker: asyncio.Event) -> None:
        self._wakers.add(waker)
        if self._look_out is None:
            self._look_out = asyncio.get_running_loop().create_task(self._watch())

    def _leave(self, waker: asyncio.Event) -> None:
        self._wakers.discard(waker)
        if not self._wakers and self._look_out is not None:
            self._look_out.cancel()
            self._look_out = None

    async def _watch(self) -> None:
        """Wake every stream after each commit of any process."""
        loop = asyncio.get_running_loop()
        ours = asyncio.Event()

        def written() -> None:
            loop.call_soon_threadsafe(ours.set)

        stop_listening = self._store.on_append(written)
        try:
            with closing(self._store.reader()) as connection:
                seen = -1
                while True:
                    version = data_version(connection)
                    if version != seen:
                        seen = version
                        self._wake_all()
                    await self._wait(ours, POLL_SECONDS)
                    ours.clear()
        finally:
            stop_listening()

    def _wake_all(self) -> None:
        for waker in self._wakers:
            waker.set()

    def stop(self) -> None:
        """Let every stream end."""
        self.stopping = True
        self._wake_all()
