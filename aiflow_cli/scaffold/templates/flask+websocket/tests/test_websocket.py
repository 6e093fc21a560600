import json
import logging
import threading
from contextlib import contextmanager

import pytest
from simple_websocket import Client, ConnectionClosed, ConnectionError
from werkzeug.serving import make_server

from webhook import create_app
from websocket import add_websocket

SESSION = {"id": "call-1"}
HELLO = {"type": "user_speak", "session": SESSION, "text": "hello"}
YOU_SAID_HELLO = {"type": "speak", "session_id": "call-1", "text": "You said: hello"}


@contextmanager
def serving(*, secret="", **options):
    app = create_app(secret=secret)
    add_websocket(app, secret=secret, **options)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.port}/webhook"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def calling(url, *, token=None):
    connection = Client(url, headers={"X-API-TOKEN": token} if token else {})
    try:
        yield connection
    finally:
        connection.close()


def ask(connection, frame):
    connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
    return json.loads(connection.receive(timeout=5))


def test_answers_an_event_with_an_action():
    with serving() as url, calling(url) as connection:
        assert ask(connection, HELLO) == YOU_SAID_HELLO
        assert ask(connection, json.dumps(HELLO).encode()) == YOU_SAID_HELLO


def test_sends_nothing_where_there_is_nothing_to_do():
    with serving() as url, calling(url) as connection:
        connection.send(json.dumps({"type": "session_end", "session": SESSION}))
        assert ask(connection, HELLO) == YOU_SAID_HELLO


@pytest.mark.parametrize("frame", ["", "hello", "[]", '{"type": "user_speak", "session": {"id": "1"}}', b"\xff"])
def test_a_frame_that_is_no_event_is_logged_and_the_call_goes_on(frame, caplog):
    with serving() as url, calling(url) as connection:
        connection.send(frame)
        assert ask(connection, HELLO) == YOU_SAID_HELLO
    assert "refused a frame: " in caplog.text


def test_a_fault_of_the_bot_does_not_end_the_call(caplog):
    def broken(event, settings):
        if event["type"] == "session_start":
            raise RuntimeError("a detail")
        return {"type": "hangup"}

    with serving(answer=broken) as url, calling(url) as connection:
        connection.send(json.dumps({"type": "session_start", "session": SESSION}))
        assert ask(connection, HELLO) == {"type": "hangup"}
    assert "a detail" in caplog.text


@pytest.mark.parametrize("token", [None, "wrong", "s3cret2"])
def test_wants_the_secret_in_the_handshake(token):
    with serving(secret="s3cret") as url, pytest.raises((ConnectionError, ConnectionClosed)), calling(url, token=token):
        raise AssertionError("the handshake should have failed")


def test_takes_the_right_secret():
    with serving(secret="s3cret") as url, calling(url, token="s3cret") as connection:
        assert ask(connection, HELLO) == YOU_SAID_HELLO


def test_logs_one_line_per_event(caplog):
    caplog.set_level(logging.INFO)
    with serving() as url, calling(url) as connection:
        ask(connection, HELLO)
    assert '"user_speak" session "call-1" -> speak' in caplog.messages
