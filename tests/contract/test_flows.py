"""Flows, on both dashboards."""

from __future__ import annotations

import pytest

from aiflow_cli.dashboard.contract import Dashboard, FlowFields
from aiflow_cli.dashboard.problems import Changed, Invalid, NotFound, Protected
from aiflow_cli.store.flows import Flows
from aiflow_cli.store.store import Store

BOT: FlowFields = {"name": "Pizza", "webhook_url": "https://bot.example/webhook"}


def test_the_local_flow_is_there_from_the_start(board: Dashboard) -> None:
    [flow] = board.flows()
    assert (flow.id, flow.name, flow.webhook_url) == ("local", "local", "http://127.0.0.1:3000/webhook")
    assert flow.phone_number is not None


def test_a_flow_is_created_read_and_listed(board: Dashboard) -> None:
    created = board.create_flow({**BOT, "phone_number": "+4922147100101"})
    assert (created.name, created.webhook_url, created.phone_number) == (*BOT.values(), "+4922147100101")
    assert created.created_at == created.updated_at
    assert board.flow(created.id) == created
    assert [flow.id for flow in board.flows()] == ["local", created.id]


def test_the_secret_goes_in_and_never_comes_out(board: Dashboard, store: Store) -> None:
    created = board.create_flow({**BOT, "api_token": "s3cr3t-token"})
    assert created.has_api_token
    assert "s3cr3t-token" not in repr([created, board.flow(created.id), board.flows()])
    row = Flows(store).get(created.id)
    assert row is not None
    assert row.api_token == "s3cr3t-token"
    assert not board.change_flow(created.id, {"api_token": None}).has_api_token


def test_a_change_leaves_the_rest_alone(board: Dashboard) -> None:
    created = board.create_flow({**BOT, "phone_number": "+4922147100101", "api_token": "s3cr3t"})
    changed = board.change_flow(created.id, {"webhook_url": "wss://bot.example/ws"})
    assert changed.webhook_url == "wss://bot.example/ws"
    assert (changed.name, changed.phone_number, changed.has_api_token) == ("Pizza", "+4922147100101", True)
    assert changed.created_at == created.created_at
    assert changed.etag != created.etag
    assert board.flow(created.id) == changed


def test_what_may_be_empty_can_be_cleared(board: Dashboard) -> None:
    created = board.create_flow({**BOT, "phone_number": "+4922147100101"})
    assert board.change_flow(created.id, {"phone_number": None}).phone_number is None


def test_a_change_can_insist_on_what_it_read(board: Dashboard) -> None:
    before = board.create_flow(BOT)
    after = board.change_flow(before.id, {"name": "Pasta"}, if_match=before.etag)
    with pytest.raises(Changed, match="changed meanwhile") as raised:
        board.change_flow(before.id, {"name": "Pizza again"}, if_match=before.etag)
    assert raised.value.hint
    assert board.flow(before.id) == after
    assert board.change_flow(before.id, {"name": "x"}, if_match="*").name == "x"


def test_one_of_several_tags_may_match_but_a_weak_one_never_does(board: Dashboard) -> None:
    flow = board.create_flow(BOT)
    assert board.change_flow(flow.id, {"name": "a"}, if_match=f'"other", {flow.etag}').name == "a"
    etag = board.flow(flow.id).etag
    with pytest.raises(Changed):
        board.change_flow(flow.id, {"name": "b"}, if_match=f"W/{etag}")


def test_a_flow_is_deleted(board: Dashboard) -> None:
    created = board.create_flow(BOT)
    board.delete_flow(created.id)
    with pytest.raises(NotFound):
        board.flow(created.id)
    with pytest.raises(NotFound):
        board.delete_flow(created.id)
    with pytest.raises(NotFound):
        board.change_flow(created.id, {"name": "x"})


def test_the_local_flow_stays(board: Dashboard) -> None:
    with pytest.raises(Protected, match="cannot be deleted"):
        board.delete_flow("local")
    assert board.flow("local")


def test_a_near_miss_is_pointed_out(board: Dashboard) -> None:
    with pytest.raises(NotFound, match="there is no flow locl") as raised:
        board.flow("locl")
    assert raised.value.hint == "did you mean local?"


@pytest.mark.parametrize("id", ["a/b", "..", "%2e", "ä ö", "a?b=c", "a#b", "\x00"])
def test_strange_ids_are_only_not_found(board: Dashboard, id: str) -> None:
    with pytest.raises(NotFound):
        board.flow(id)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": " "}, {"name"}),
        ({"name": "two\nlines"}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"webhook_url": "bot.example"}, {"webhookUrl"}),
        ({"webhook_url": "ftp://bot.example/"}, {"webhookUrl"}),
        ({"webhook_url": "http://"}, {"webhookUrl"}),
        ({"webhook_url": "http://bot.example:0/"}, {"webhookUrl"}),
        ({"webhook_url": "http://bot.example:65536/"}, {"webhookUrl"}),
        ({"webhook_url": "http://me:pw@bot.example/"}, {"webhookUrl"}),
        ({"webhook_url": "http://bot.example/a b"}, {"webhookUrl"}),
        ({"webhook_url": "http://bot.example/\r\nX-Evil: 1"}, {"webhookUrl"}),
        ({"phone_number": "0221 471001"}, {"phoneNumber"}),
        ({"phone_number": "+0221471001"}, {"phoneNumber"}),
        ({"api_token": ""}, {"apiToken"}),
        ({"api_token": "two\r\nlines"}, {"apiToken"}),
        ({"name": "", "phone_number": "1"}, {"name", "phoneNumber"}),
    ],
)
def test_impossible_values_are_refused_by_name(board: Dashboard, fields: FlowFields, wrong: set[str]) -> None:
    flow = board.create_flow(BOT)
    with pytest.raises(Invalid) as raised:
        board.change_flow(flow.id, fields)
    assert set(raised.value.errors) == wrong
    assert board.flow(flow.id) == flow
    with pytest.raises(Invalid) as raised:
        board.create_flow({**BOT, **fields})
    assert set(raised.value.errors) == wrong


@pytest.mark.parametrize(
    "url",
    ["http://localhost/", "https://bot.example", "ws://10.0.0.1:65535/a?b=c&d=%20", "wss://[::1]:80/x", "http://a_b/?"],
)
def test_all_kinds_of_webhooks_are_welcome(board: Dashboard, url: str) -> None:
    assert board.create_flow({**BOT, "webhook_url": url}).webhook_url == url


def test_what_must_be_there_must_be_there(board: Dashboard) -> None:
    with pytest.raises(Invalid) as raised:
        board.create_flow({"phone_number": "+4922147100101"})
    assert set(raised.value.errors) == {"name", "webhookUrl"}


def test_a_secret_that_is_refused_is_not_repeated(board: Dashboard) -> None:
    with pytest.raises(Invalid) as raised:
        board.create_flow({**BOT, "api_token": "geheim\n"})
    assert "geheim" not in f"{raised.value.message} {raised.value.errors}"


def test_numbers_lead_to_their_flows(board: Dashboard) -> None:
    created = board.create_flow({**BOT, "phone_number": "+4922147100101"})
    board.create_flow(BOT)
    numbers = board.phone_numbers()
    assert [(number.e164_number, number.target_type, number.target_id) for number in numbers][1:] == [
        ("+4922147100101", "AIFLOW", created.id)
    ]
    assert board.phone_numbers(offset=1) == numbers[1:]
    assert board.phone_numbers(limit=1) == numbers[:1]


def test_a_dashboard_says_what_it_is(board: Dashboard) -> None:
    from aiflow_cli._version import __version__

    assert board.about().version == __version__
