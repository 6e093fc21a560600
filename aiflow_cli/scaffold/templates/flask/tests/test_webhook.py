import json
import logging

import pytest

from webhook import MAX_BODY_BYTES, create_app

SESSION = {"id": "call-1"}
HELLO = {"type": "user_speak", "session": SESSION, "text": "hello"}


def client(**options):
    return create_app(**options).test_client()


def post(body, *, headers=None, **options):
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client(**options).post("/webhook", data=data, headers=headers)


def test_answers_an_event_with_an_action():
    response = post(HELLO)
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.json == {"type": "speak", "session_id": "call-1", "text": "You said: hello"}


def test_answers_204_without_a_body_where_there_is_nothing_to_do():
    response = post({"type": "session_end", "session": SESSION})
    assert (response.status_code, response.data) == (204, b"")


def test_sends_several_actions_as_an_array():
    response = post(HELLO, answer=lambda event, settings: [{"type": "barge_in"}, {"type": "hangup"}])
    assert response.json == [{"type": "barge_in"}, {"type": "hangup"}]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_reads_the_body_whatever_its_content_type(content_type):
    assert post(HELLO, headers={"Content-Type": content_type}).status_code == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "body is not JSON"),
        (b"hello", "body is not JSON"),
        (b"\xff", "body is not JSON"),
        (b'{"type": NaN}', "body is not JSON"),
        (b"[" * 100_000, "body is not JSON"),
        ([], "body is not a JSON object"),
        ({"session": SESSION}, "event has no type"),
        ({"type": 1, "session": SESSION}, "event has no type"),
        ({"type": "session_start"}, "event has no session.id"),
        ({"type": "session_start", "session": "call-1"}, "event has no session.id"),
        ({"type": "session_start", "session": {"id": ""}}, "event has no session.id"),
        ({"type": "user_speak", "session": SESSION}, "user_speak has no text"),
    ],
)
def test_refuses_what_is_no_event(body, error):
    response = post(body)
    assert (response.status_code, response.json) == (400, {"error": error})


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1])
def test_refuses_a_body_over_1_mib(size):
    body = json.dumps(HELLO).encode().ljust(size)
    assert post(body).status_code == (200 if size <= MAX_BODY_BYTES else 413)


@pytest.mark.parametrize("headers", [{}, {"X-API-TOKEN": "wrong"}, {"X-API-TOKEN": "s3cret\xfc"}])
def test_refuses_a_wrong_secret_before_it_reads_the_body(headers):
    response = post(b"not JSON", secret="s3cret", headers=headers)
    assert (response.status_code, response.json) == (401, {"error": "missing or wrong X-API-TOKEN"})


def test_takes_the_right_secret():
    assert post(HELLO, secret="s3cret", headers={"X-API-TOKEN": "s3cret"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_takes_no_other_method(method):
    response = client(secret="s3cret").open("/webhook", method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/webhook/", "/webhook/more", "/Webhook", "/static/bot.py"])
def test_has_no_other_path(path):
    response = client(secret="s3cret").post(path)
    assert (response.status_code, response.json) == (404, {"error": "not found"})


def test_says_that_it_is_healthy():
    response = client(secret="s3cret").get("/health")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_a_fault_of_the_bot_is_a_500_without_its_details():
    def broken(event, settings):
        raise RuntimeError("a detail")

    response = post(HELLO, answer=broken)
    assert (response.status_code, response.json) == (500, {"error": "internal error"})


def test_logs_one_line_per_event(caplog):
    caplog.set_level(logging.INFO)
    post({"type": "user_speak", "session": {"id": "1\n2"}, "text": "hello"})
    assert caplog.messages == ['"user_speak" session "1\\n2" -> speak']
