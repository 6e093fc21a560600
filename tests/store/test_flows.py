"""Flows as rows."""

from __future__ import annotations

import pytest

from aiflow_cli.store.flows import FlowRow, Flows
from aiflow_cli.store.store import Store

BOT = FlowRow("id-1", "Bot", "http://bot/webhook", "secret", None, "2026-01-01", "2026-01-01", 1)


def accept(row: FlowRow) -> None:
    """Every state may be changed."""


def test_the_local_flow_is_always_there(store: Store) -> None:
    [local] = Flows(store).all()
    assert (local.id, local.webhook_url, local.version) == ("local", "http://127.0.0.1:3000/webhook", 1)


def test_a_flow_is_added_read_and_removed(store: Store) -> None:
    flows = Flows(store)
    flows.add(BOT)
    assert flows.get("id-1") == BOT
    assert [row.id for row in flows.all()] == ["local", "id-1"]
    assert flows.remove("id-1")
    assert not flows.remove("id-1")
    assert flows.get("id-1") is None


def test_a_change_counts_the_version_up(store: Store) -> None:
    flows = Flows(store)
    flows.add(BOT)
    changed = flows.change("id-1", {"api_token": None, "name": "New"}, at="2026-02-02", check=accept)
    assert changed == FlowRow("id-1", "New", BOT.webhook_url, None, None, "2026-01-01", "2026-02-02", 2)
    assert flows.get("id-1") == changed


def test_a_check_that_refuses_changes_nothing(store: Store) -> None:
    def refuse(row: FlowRow) -> None:
        raise LookupError(row.version)

    flows = Flows(store)
    with pytest.raises(LookupError, match="1"):
        flows.change("local", {"name": "New"}, at="2026-02-02", check=refuse)
    row = flows.get("local")
    assert row is not None
    assert (row.name, row.version) == ("local", 1)


def test_nobody_to_change(store: Store) -> None:
    assert Flows(store).change("nope", {"name": "x"}, at="2026-01-01", check=accept) is None
