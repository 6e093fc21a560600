"""The built-in bot stays up for people to try: whatever they send, it answers and goes on."""

from __future__ import annotations

import pytest

from aiflow_cli.simulator.echo_bot import echo_bot
from aiflow_cli.transports.http import HttpWebhook


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"session": "s"}', b"\xff", b"[" * 100_000])
def test_what_is_no_event_is_refused(body: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with echo_bot() as url, HttpWebhook(url) as webhook:
        assert webhook.post(body).status == 400
        assert webhook.deliver({"type": "session_start", "session": {"id": "1"}}).status == 200
    assert capfd.readouterr() == ("", "")
