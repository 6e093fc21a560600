from __future__ import annotations

import json

import pytest

from aiflow_cli.protocol.reply import Reply
from aiflow_cli.protocol.samples import sample_event
from aiflow_cli.recording.exchange import observe
from aiflow_cli.recording.redaction import REDACTED, Redactor

SECRET = 'pl/nted "sécret"'


@pytest.mark.parametrize(
    "text",
    [SECRET, f"before {SECRET} after", json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False)],
)
def test_a_secret_is_taken_out_in_every_form(text: str) -> None:
    clean = Redactor([SECRET]).text(text)
    assert REDACTED in clean
    assert "pl/nted" not in clean


def test_a_secret_in_a_url_is_taken_out_quoted_too() -> None:
    assert Redactor([SECRET]).text("http://x/?key=pl%2Fnted%20%22s%C3%A9cret%22&a=1") == f"http://x/?key={REDACTED}&a=1"


def test_credentials_in_a_url_go_whether_known_or_not() -> None:
    assert (
        Redactor().text("no answer from https://me:pass@bot.example/x")
        == f"no answer from https://{REDACTED}@bot.example/x"
    )


def test_an_at_sign_in_a_path_is_not_a_credential() -> None:
    assert Redactor().text("http://bot.example/@me") == "http://bot.example/@me"


def test_a_secret_within_a_secret_goes_as_a_whole() -> None:
    assert Redactor(["abcd", "abcdefgh"]).text("abcdefgh abcd") == f"{REDACTED} {REDACTED}"


@pytest.mark.parametrize("secret", ["", None, "abc"])
def test_what_is_too_short_to_be_a_secret_blots_nothing_out(secret: str | None) -> None:
    assert Redactor([secret]).text("abc and more") == "abc and more"


def test_keys_and_lists_are_searched_too() -> None:
    value = {"secret-key": ["a secret-key", {"deep": "secret-key"}, 7, None]}
    assert "secret-key" not in json.dumps(Redactor(["secret-key"]).value(value))


def test_every_field_of_an_exchange_that_others_fill() -> None:
    secret = "hunter2hunter2"
    exchange = observe(
        {**sample_event("user_speak", secret), "text": f"my {secret}"},
        Reply(status=200, body=json.dumps([{"type": secret, "session_id": "x", "text": f"{secret}!"}]).encode()),
        flow_id="local",
        at="2026-01-01T00:00:00.000Z",
        source="tunnel",
        url=f"https://u:{secret}@bot.example/{secret}",
        raw_event=secret,
    )
    assert exchange.to_json().count(secret) >= 7
    assert secret not in Redactor([secret]).exchange(exchange).to_json()


def test_without_secrets_an_exchange_still_loses_credentials_in_its_url() -> None:
    exchange = observe(
        sample_event("session_start", "s"),
        Reply(status=204),
        flow_id="local",
        at="2026-01-01T00:00:00.000Z",
        source="tunnel",
        url="https://u:p@bot.example/",
    )
    assert Redactor().exchange(exchange).url == f"https://{REDACTED}@bot.example/"
