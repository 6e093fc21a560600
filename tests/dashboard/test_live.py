"""The streams' own machinery: heartbeats, one look-out for all, an end when the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from aiflow_cli.dashboard.live import Live
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange


async def pieces(stream: AsyncIterator[bytes], count: int) -> list[str]:
    """The first pieces of a stream; the stream is closed then."""
    found = []
    async with aclosing(cast(AsyncGenerator[bytes, None], stream)) as opened:
        async with asyncio.timeout(30):
            async for piece in opened:
                found.append(piece.decode())
                if len(found) == count:
                    break
    return found


def test_heartbeats_tell_how_far_it_has_looked(store: Store) -> None:
    live = Live(store, heartbeat=0.02)
    store.append_all(an_exchange(number) for number in range(3))
    assert asyncio.run(pieces(live.stream(Query(types=("session_end",))), 3)) == ["id: 3\n\n"] * 3


def test_a_batch_is_one_piece(store: Store) -> None:
    async def run() -> list[str]:
        stream = live.stream(Query())
        first = await anext(stream)
        store.append_all(an_exchange(number) for number in range(50))
        return [first.decode(), *await pieces(stream, 1)]

    live = Live(store)
    first, batch = asyncio.run(run())
    assert first == "id: 0\n\n"
    assert batch.count("event: exchange") == 50


def test_the_look_out_is_shared_and_ends_with_the_last_stream(store: Store) -> None:
    async def run() -> None:
        streams = [cast(AsyncGenerator[bytes, None], live.stream(Query())) for _ in range(5)]
        for stream in streams:
            await anext(stream)
        look_out = live._look_out
        assert look_out is not None
        assert len(asyncio.all_tasks()) == 2
        for stream in streams:
            assert not look_out.done()
            await stream.aclose()
        await asyncio.wait([look_out], timeout=30)
        assert look_out.cancelled()

    live = Live(store)
    asyncio.run(run())
    assert store._listeners == []


def test_streams_end_when_they_are_told_to(store: Store) -> None:
    async def run() -> list[bytes]:
        stream = live.stream(Query())
        found = [await anext(stream)]
        asyncio.get_running_loop().call_later(0.01, live.stop)
        async with asyncio.timeout(30):
            return found + [piece async for piece in stream]

    live = Live(store)
    assert asyncio.run(run()) == [b"id: 0\n\n"]
