"""``aiflow logs``: what each option selects and how each format shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aiflow_cli.protocol.finding import Finding
from aiflow_cli.store.store import Store
from tests.support.cli import NOW, Cli
from tests.support.exchanges import an_exchange

SPEAK = {"type": "speak", "session_id": "call-1", "text": "You said: hello"}


@pytest.fixture
def store(cli: Cli) -> Iterator[Store]:
    """The log that the commands read; it is an hour after its first exchange."""
    cli.clock.time = NOW + 3600
    with Store(cli.store) as store:
        yield store


def ids(cli: Cli, *arguments: str) -> list[int]:
    """The ids that a command line shows."""
    result = cli("logs", "--format", "jsonl", *arguments)
    assert result.code == 0, result.err
    return [line["id"] for line in result.lines]


def at(minute: int) -> str:
    return f"2026-01-01T00:{minute:02d}:00.000Z"


def test_the_last_20_unless_another_number_is_given(cli: Cli, store: Store) -> None:
    store.append_all(an_exchange(number) for number in range(30))
    assert ids(cli) == list(range(11, 31))
    assert ids(cli, "-n", "3") == [28, 29, 30]
    assert ids(cli, "-n", "0") == []


def test_times_bound_it_and_then_there_is_no_number(cli: Cli, store: Store) -> None:
    store.append_all(an_exchange(minute, at=at(minute)) for minute in range(60))
    assert ids(cli, "--since", "30m") == list(range(31, 61))
    assert ids(cli, "--since", "30m", "-n", "2") == [59, 60]
    assert ids(cli, "--since", "2026-01-01T00:10:00Z", "--until", "2026-01-01T00:12:00Z") == [11, 12]
    assert ids(cli, "--until", "58m") == [1, 2]


def test_each_option_selects(cli: Cli, store: Store) -> None:
    store.append(an_exchange(kind="session_start"))
    store.append(an_exchange(session="call-2"))
    store.append(an_exchange(kind="dtmf_received", flow_id="other"))
    store.append(an_exchange(outcome="slow"))
    assert ids(cli, "--type", "session_start", "--type", "dtmf_received") == [1, 3]
    assert ids(cli, "--session", "call-2") == [2]
    assert ids(cli, "--flow", "other") == [3]
    assert ids(cli, "--outcome", "slow", "--outcome", "timeout") == [4]
    assert ids(cli, "--type", "user_speak", "--session", "call-1") == [4]


def test_grep_finds_what_is_old_too(cli: Cli, store: Store) -> None:
    """The number counts what is found, as with every other option that selects."""
    store.append_all(an_exchange(number, actions=[SPEAK] if number < 3 else []) for number in range(1100))
    assert ids(cli, "--grep", "YOU SAID") == [1, 2, 3]
    assert ids(cli, "--grep", "you said", "-n", "2") == [2, 3]
    assert ids(cli, "--grep", "you said", "--since", "2h") == [1, 2, 3]
    assert ids(cli, "--grep", "nobody says this") == []


def test_an_event_type_that_is_not_in_the_protocol_is_told(cli: Cli, store: Store) -> None:
    store.append(an_exchange(event={"type": "user_sings", "session": {"id": "call-1"}}))
    slip = cli("logs", "--type", "user_speek", "--dashboard", "local")
    assert (slip.code, slip.out) == (0, "")
    assert "the protocol has no event type user_speek; did you mean user_speak?" in slip.err
    assert ids(cli, "--type", "user_sings") == [1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-f", "--format", "json"], "one document"),
        (["-f", "--until", "10m"], "--until ends what -f goes on with"),
        (["--since", "yesterday"], "--since yesterday is not a time"),
        (["--save", "x.jsonl"], "--session is missing"),
        (["--redact", "--session", "1"], "--save is missing"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, arguments: list[str], said: str) -> None:
    result = cli("logs", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_json_is_one_document_however_little_there_is(cli: Cli, store: Store) -> None:
    assert cli("logs", "--format", "json").json == []
    store.append_all(an_exchange(number) for number in range(2))
    assert [exchange["id"] for exchange in cli("logs", "--format", "json").json] == [1, 2]


def test_pretty_is_a_line_each(cli: Cli, store: Store) -> None:
    store.append(an_exchange(actions=[SPEAK], status=200, outcome="ok"))
    told = Finding("session-end-action", "error", "answer 204", "$")
    store.append(an_exchange(kind="session_end", problems=[told], outcome="invalid-action"))
    assert cli("logs").out.splitlines() == [
        '00:00:00.000 #1 user_speak "number 0" -> speak "You said: hello"  200 1.5 ms',
        "00:00:00.000 #2 session_end -> invalid-action  204 1.5 ms  invalid-action: answer 204",
    ]


def test_a_transcript_is_the_conversation_call_by_call(cli: Cli, store: Store) -> None:
    store.append(an_exchange(7, actions=[SPEAK]))
    store.append(an_exchange(kind="session_end", session="call-2"))
    assert cli("logs", "--format", "transcript").out.splitlines() == [
        "call call-1, 2026-01-01T00:00:07Z",
        "  caller  number 7",
        "  bot     You said: hello  [1.5 ms]",
        "",
        "call call-2, 2026-01-01T00:00:00Z",
        "  -       (the call is over)",
    ]
