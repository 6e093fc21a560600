"""Hypothesis strategies for calls: legal but nasty, and hostile.

Simple things come first, since a failure shrinks to them.
"""

from __future__ import annotations

import json

from hypothesis import strategies as st

from aiflow_cli.conformance.moves import SESSION, Move
from aiflow_cli.protocol.samples import DIGITS, EVENT_TYPES, sample_event

_WORDS = ("hello", "yes", "no", "bye", "transfer", "agent", "help", "my name is Ada", "what is my name?", "repeat")
_NASTY = (
    *("", " ", "🎉", "👩‍👩‍👧‍👦", "שלום", "Zoë & <Łukasz>", "</speak>", "'; DROP TABLE calls; --", "${jndi:ldap://x}"),
    *("{{7*7}}", "%s%n%x", "../../etc/passwd", "null", "NaN", "0", "-1", "true", "\n", "a" * 5000),
)
_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))

_text = st.one_of(st.sampled_from((*_WORDS, *_NASTY)), st.text(_CHARACTERS, max_size=20))
_keys = st.one_of(
    st.sampled_from(DIGITS),
    st.builds(lambda key, times: key * times, st.sampled_from(DIGITS), st.integers(2, 24)),
    st.text(DIGITS, min_size=2, max_size=24),
)

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def _spoilt_event(draw: st.DrawFn) -> bytes:
    """An event with one field that is missing or of any type."""
    event = sample_event(draw(st.sampled_from(EVENT_TYPES)), SESSION)
    place = draw(st.sampled_from([event, event["session"]]))
    name = draw(st.sampled_from(sorted(place)))
    if draw(st.booleans()):
        del place[name]
    else:
        place[name] = draw(_json)
    return json.dumps(event).encode()


@st.composite
def _cut_event(draw: st.DrawFn) -> bytes:
    """The beginning of an event."""
    body = json.dumps(sample_event(draw(st.sampled_from(EVENT_TYPES)), SESSION)).encode()
    return body[: draw(st.integers(0, len(body) - 1))]


_hostile = st.one_of(
    st.sampled_from([b"", b"{}", b"[]", b"null", b"0", b'""', b'{"type": "user_speak"}', b"\xff", b"[" * 20_000]),
    _json.map(lambda value: json.dumps(value).encode()),
    _spoilt_event(),
    _cut_event(),
    st.binary(max_size=32),
)

_move = st.one_of(
    _text.map(lambda text: Move("say", text)),
    _keys.map(lambda keys: Move("press", keys)),
    st.builds(lambda text, ms: Move("interrupt", text, ms), _text, st.integers(0, 3000)),
    st.integers(1, 60_000).map(lambda ms: Move("wait", ms=ms)),
    st.just(Move("again")),
    st.just(Move("swap")),
    _hostile.map(lambda body: Move("hostile", body=body)),
    st.just(Move("hang_up")),
    _text.map(lambda text: Move("vanish", text)),
)

calls: st.SearchStrategy[list[Move]] = st.lists(_move, max_size=10)
"""Any call of up to ten moves."""
