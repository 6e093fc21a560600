"""Calls that are placed and exchanges that are repeated, on both dashboards, to a bot that really listens."""

from __future__ import annotations

import pytest

from aiflow_cli.dashboard.contract import Dashboard
from aiflow_cli.dashboard.problems import Invalid, NotCallable, NotFound
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.support.bot import Bot, Response
from tests.support.exchanges import an_exchange

CALLEE = "+4915112345678"


def until_it_ends(board: Dashboard, flow_id: str, session_id: str) -> list[Exchange]:
    """The exchanges of a call, once its session_end is there."""
    query = Query(flow_id=flow_id, session_id=session_id, after_id=0)
    seen: list[Exchange] = []
    with board.follow(query) as stream:
        for batch in stream:
            seen += batch.exchanges
            if seen[-1].type == "session_end":
                return seen
    raise AssertionError("the stream ended")


def test_a_call_is_played_to_its_end(board: Dashboard, bot: Bot) -> None:
    flow = board.create_flow(
        {"name": "Bot", "webhook_url": bot.url, "phone_number": "+4922147100101", "api_token": "s3cr3t-token"}
    )
    placed = board.place_call(flow.id, to_phone_number=CALLEE, billing_device="e2")
    assert placed.call_id is not None
    exchanges = until_it_ends(board, flow.id, placed.call_id)
    assert [exchange.type for exchange in exchanges][0] == "session_start"
    assert {exchange.source for exchange in exchanges} == {"call"}
    session = bot.events[0]["session"]
    assert session["id"] == placed.call_id
    assert (session["direction"], session["to_phone_number"]) == ("outbound", CALLEE)
    assert (session["from_phone_number"], session["phone_number"]) == ("+4922147100101", "+4922147100101")
    assert {request.headers["x-api-token"] for request in bot.requests} == {"s3cr3t-token"}


def test_a_bot_that_repeats_the_secret_cannot_leak_it(board: Dashboard, bot: Bot, store: Store) -> None:
    bot.answer = lambda request: Response(200, b'{"token": "s3cr3t-token"}')
    flow = board.create_flow(
        {"name": "Bot", "webhook_url": bot.url, "phone_number": "+4922147100101", "api_token": "s3cr3t-token"}
    )
    placed = board.place_call(flow.id, to_phone_number=CALLEE)
    exchanges = until_it_ends(board, flow.id, placed.call_id or "")
    assert "s3cr3t-token" not in "".join(exchange.to_json() for exchange in exchanges)
    assert "[redacted]" in exchanges[0].to_json()


def test_a_call_to_nobody_is_in_the_log_too(board: Dashboard) -> None:
    flow = board.create_flow(
        {"name": "Bot", "webhook_url": "http://127.0.0.1:1/webhook", "phone_number": "+4922147100101"}
    )
    placed = board.place_call(flow.id, to_phone_number=CALLEE)
    exchanges = until_it_ends(board, flow.id, placed.call_id or "")
    assert {exchange.outcome for exchange in exchanges} == {"connection-error"}


def test_a_flow_without_a_number_cannot_call(board: Dashboard) -> None:
    flow = board.create_flow({"name": "Bot", "webhook_url": "http://127.0.0.1:1/webhook"})
    with pytest.raises(NotCallable, match="no phone number") as raised:
        board.place_call(flow.id, to_phone_number=CALLEE)
    assert "set-number" in str(raised.value.hint)


@pytest.mark.parametrize("number", ["", "110", "+49 151", "+4915112345678901"])
def test_a_callee_has_a_number(board: Dashboard, number: str) -> None:
    with pytest.raises(Invalid, match="toPhoneNumber"):
        board.place_call("local", to_phone_number=number)


def test_no_flow_no_call(board: Dashboard) -> None:
    with pytest.raises(NotFound):
        board.place_call("nobody", to_phone_number=CALLEE)


class TestReplay:
    def test_it_goes_where_it_went(self, board: Dashboard, bot: Bot, store: Store) -> None:
        original = store.append(an_exchange(1, url=bot.url))
        repeated = board.replay("local", original.id or 0)
        assert bot.events == [original.event]
        assert (repeated.replay_of, repeated.source, repeated.url) == (original.id, "replay", bot.url)
        assert repeated.actions[0]["text"] == "You said: number 1"
        assert store.get(repeated.id or 0) == repeated

    def test_it_goes_where_it_is_told_to(self, board: Dashboard, bot: Bot, store: Store) -> None:
        original = store.append(an_exchange(1, url="http://127.0.0.1:1/gone"))
        assert board.replay("local", original.id or 0, webhook_url=bot.url).outcome == "ok"

    def test_a_flow_that_was_deleted_can_be_repeated(self, board: Dashboard, bot: Bot, store: Store) -> None:
        original = store.append(an_exchange(1, url=bot.url, flow_id="gone"))
        assert board.replay("gone", original.id or 0).flow_id == "gone"

    def test_the_secret_goes_only_where_it_belongs(self, board: Dashboard, bot: Bot, store: Store) -> None:
        board.change_flow("local", {"api_token": "s3cr3t-token", "webhook_url": "http://127.0.0.1:1/webhook"})
        elsewhere = store.append(an_exchange(1))
        board.replay("local", elsewhere.id or 0, webhook_url=bot.url)
        board.change_flow("local", {"webhook_url": bot.url})
        board.replay("local", elsewhere.id or 0, webhook_url=bot.url)
        assert [request.headers.get("x-api-token") for request in bot.requests] == [None, "s3cr3t-token"]

    def test_a_url_whose_credential_was_not_recorded(self, board: Dashboard, bot: Bot, store: Store) -> None:
        original = store.append(an_exchange(1, url="http://me:pw@127.0.0.1:1/webhook"))
        board.change_flow("local", {"webhook_url": bot.url})
        assert board.replay("local", original.id or 0).url == bot.url
        lost = store.append(an_exchange(1, url="http://me:pw@127.0.0.1:1/webhook", flow_id="gone"))
        with pytest.raises(Invalid, match="webhookUrl"):
            board.replay("gone", lost.id or 0)

    def test_a_push_has_nothing_to_send(self, board: Dashboard, store: Store) -> None:
        push = store.append(an_exchange(1, event=None))
        with pytest.raises(Invalid, match="not an event"):
            board.replay("local", push.id or 0)

    def test_an_impossible_url(self, board: Dashboard, store: Store) -> None:
        original = store.append(an_exchange(1))
        with pytest.raises(Invalid, match="webhookUrl"):
            board.replay("local", original.id or 0, webhook_url="gopher://x")

    def test_no_such_exchange(self, board: Dashboard, store: Store) -> None:
        original = store.append(an_exchange(1))
        with pytest.raises(NotFound):
            board.replay("local", (original.id or 0) + 1)
        with pytest.raises(NotFound):
            board.replay("other", original.id or 0)
