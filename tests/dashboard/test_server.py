"""What the contract tests cannot see: statuses, headers and documents on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.conftest import Served

BOT = {"name": "Bot", "webhookUrl": "http://127.0.0.1:3000/webhook"}


def problem(answer: Any) -> tuple[int, str]:
    """Status and kind of a problem document."""
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]
    return answer.status_code, document["type"].removeprefix("urn:aiflow:problem:")


def test_a_new_flow_says_where_it_is(served: Served) -> None:
    answer = served.request("POST", "/v3/ai-flows", json={**BOT, "apiToken": "s3cr3t"})
    assert answer.status_code == 201
    flow = answer.json()
    assert set(flow) == {
        *("id", "name", "webhookUrl", "hasApiToken", "phoneNumber", "createdAt", "updatedAt", "etag"),
    }
    assert (answer.headers["location"], answer.headers["etag"]) == (f"/v3/ai-flows/{flow['id']}", flow["etag"])
    read = served.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (flow, flow["etag"])


def test_a_change_that_comes_too_late(served: Served) -> None:
    old = served.get("/v3/ai-flows/local").headers["etag"]
    assert served.request("PATCH", "/v3/ai-flows/local", json={"name": "x"}).headers["etag"] != old
    late = served.request("PATCH", "/v3/ai-flows/local", json={"name": "y"}, headers={"If-Match": old})
    assert problem(late) == (412, "changed")


def test_deleting(served: Served) -> None:
    where = served.request("POST", "/v3/ai-flows", json=BOT).headers["location"]
    answer = served.request("DELETE", where)
    assert (answer.status_code, answer.content) == (204, b"")
    assert problem(served.request("DELETE", where)) == (404, "not-found")
    assert problem(served.request("DELETE", "/v3/ai-flows/local")) == (409, "protected")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "webhookUrl"}),
        ({**BOT, "webhookURL": "x"}, {"webhookURL"}),
        ({**BOT, "name": 3}, {"name"}),
        ({**BOT, "name": None}, {"name"}),
        ({**BOT, "phoneNumber": "110"}, {"phoneNumber"}),
        ([], {""}),
    ],
)
def test_what_is_wrong_is_told_field_by_field(served: Served, body: object, fields: set[str]) -> None:
    answer = served.request("POST", "/v3/ai-flows", json=body)
    assert problem(answer) == (422, "invalid")
    assert {error["field"] for error in answer.json()["errors"]} == fields


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b'{"name": "\xff"}', b'{"name": "\\ud800", "webhookUrl": "http://a"}']
)
def test_what_is_not_json_is_refused(served: Served, content: bytes) -> None:
    answer = served.request("POST", "/v3/ai-flows", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    problem(answer)


@pytest.mark.parametrize(
    "query", ["after=x", "limit=0", "limit=1001", "outcome=fine", "after=99999999999999999999", "newest=x"]
)
def test_impossible_questions(served: Served, query: str) -> None:
    assert problem(served.get(f"/v3/events?{query}")) == (422, "invalid")


@pytest.mark.parametrize("query", ["after=x", "after=2026-02-30T00:00:00Z"])
def test_impossible_places_to_follow_from(served: Served, query: str) -> None:
    assert problem(served.get(f"/v3/events/stream?{query}")) == (422, "invalid")
    headers = {"Last-Event-ID": "x"}
    assert problem(served.get("/v3/events/stream", headers=headers)) == (422, "invalid")


def test_unknown_paths_and_methods(served: Served) -> None:
    assert problem(served.get("/v4/events"))[0] == 404
    answer = served.request("PUT", "/v3/ai-flows/local", json=BOT)
    assert problem(answer)[0] == 405
    assert answer.headers["allow"] == "DELETE, GET, PATCH"


def test_times_are_places_in_the_log(served: Served) -> None:
    served.fill(5)
    page = served.get("/v3/events?after=2026-01-01T01:00:02%2B01:00&before=2026-01-01T00:00:04.500Z").json()
    assert [item["id"] for item in page["items"]] == [2, 3, 4]


def test_last_event_id_wins_over_the_query(served: Served) -> None:
    served.fill(5)
    with served.stream("/v3/events/stream?after=1", headers={"Last-Event-ID": "4"}) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert next(answer.iter_text()).startswith("id: 5\nevent: exchange\ndata: {")


def test_the_first_frame_tells_the_position(served: Served) -> None:
    served.fill(5)
    with served.stream("/v3/events/stream") as answer:
        assert next(answer.iter_text()) == "id: 5\n\n"


def test_a_replay_needs_no_body(served: Served) -> None:
    served.fill(1)
    answer = served.request("POST", "/v3/ai-flows/local/events/1/replay")
    assert (answer.status_code, answer.json()["replayOf"]) == (201, 1)
