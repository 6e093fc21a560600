from __future__ import annotations

import pytest

from aiflow_cli.config.webhook import HTTP, check_url
from aiflow_cli.errors import UsageError


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:3000/webhook", "https://bot.example", "ws://[::1]:8080/x?y=1", "wss://user:pass@bot.example/"],
)
def test_a_webhook_url_is_given_back(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("localhost:3000/webhook", "did you mean http://localhost:3000/webhook?"),
        ("bot.example", "did you mean http://bot.example?"),
        (":3000", "did you mean http://127.0.0.1:3000/webhook?"),
        (":3000/bot", "did you mean http://127.0.0.1:3000/bot?"),
        ("ftp://bot.example/", "it has no http://"),
        ("ftp://bot.example/", "write it as http://127.0.0.1:3000/webhook"),
        ("http://", "names no host"),
        ("http://bot.example:0/", "names no host"),
        ("http://bot.example:99999/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://bot.example/a b", "space"),
        ("http://bot.example/\x7f", "control character"),
        ("", "it has no http://"),
    ],
)
def test_what_is_wrong_and_what_to_write(url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_url(url)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_a_websocket_where_only_http_will_do() -> None:
    with pytest.raises(UsageError, match="only http or https here"):
        check_url("ws://127.0.0.1:3000/", schemes=HTTP)
