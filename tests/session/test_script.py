"""The reader of call files: what it understands, and that anything else is one error with file, line and key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiflow_cli.errors import ConfigError
from aiflow_cli.session.fields import CallFileError
from aiflow_cli.session.script import json_schema, parse
from aiflow_cli.session.steps import Script, Step, WantedBargeIn, WantedVoice

WHOLE = """\
name: order
caller: +4915112345678
number: "+4922147100100"
direction: outbound
tags: [smoke, pizza]
variables:
  topping: funghi
  twice: ${topping} ${topping}
budget_ms: 900
greeting:
  speak: Welcome
steps:
  - say: A ${topping}, please. That costs $$9, or ${twice}.
    expect:
      speak:
        contains: [One, funghi]
        equals: One funghi
        matches: 'f.nghi$$'
        absent: salami
      within_ms: 800
      barge_in: {strategy: minimum_characters, minimum_characters: 10}
      voice: de-DE-KatjaNeural
  - dtmf: 12#
  - silence: 8
    expect: {nothing: no}
  - silence: 500ms
  - barge_in: {say: no, after_ms: 1200}
  - barge_in: wait
  - say: 12:30
    expect: {transfer: +4930123456}
  - hangup
"""


def one(text: str, **variables: str) -> Script:
    (script,) = parse(text, "calls/order.yaml", variables=variables)
    return script


def test_a_whole_file() -> None:
    script = one(WHOLE)
    assert (script.name, script.caller, script.direction) == ("order", "+4915112345678", "outbound")
    assert (script.tags, script.budget_ms) == (("smoke", "pizza"), 900)
    assert script.greeting is not None
    assert script.greeting.contains == ("Welcome",)
    kinds = [(step.kind, step.text, step.ms, step.line) for step in script.steps]
    assert kinds == [
        ("say", "A funghi, please. That costs $9, or funghi funghi.", 0, 13),
        ("dtmf", "12#", 0, 23),
        ("silence", "", 8000, 24),
        ("silence", "", 500, 26),
        ("barge_in", "no", 1200, 27),
        ("barge_in", "wait", 0, 28),
        ("say", "12:30", 0, 29),
        ("hangup", "", 0, 31),
    ]


def test_expectations_are_typed() -> None:
    expect = one(WHOLE).steps[0].expect
    assert expect is not None
    assert expect.contains == ("One", "funghi")
    assert expect.equals == "One funghi"
    assert [pattern.pattern for pattern in expect.matches] == ["f.nghi$"]
    assert expect.absent == ("salami",)
    assert expect.within_ms == 800
    assert expect.barge_in == WantedBargeIn(strategy="minimum_characters", minimum_characters=10)
    assert expect.voice == WantedVoice(voice="de-DE-KatjaNeural")
    assert expect.line == 15
    transfer = one(WHOLE).steps[6].expect
    assert transfer is not None
    assert transfer.transfer == "+4930123456"


def test_variables_from_outside_win() -> None:
    assert one(WHOLE, topping="tonno").steps[0].text == "A tonno, please. That costs $9, or tonno tonno."


SEVERAL = """\
caller: "+493023125001"
tags: all
variables: {who: Anna}
calls:
  - name: first
    steps: [{say: "hello ${who}"}]
  - tags: [slow]
    caller: "+493023125002"
    variables: {who: Berta}
    steps: [{say: "hello ${who}"}]
  - steps: []
"""


def test_several_calls_share_what_stands_beside_them() -> None:
    first, second, third = parse(SEVERAL, "x/many.yaml")
    assert [script.name for script in (first, second, third)] == ["first", "many-2", "many-3"]
    assert first.steps == (Step(kind="say", text="hello Anna", line=6),)
    assert second.steps[0].text == "hello Berta"
    assert (first.caller, second.caller) == ("+493023125001", "+493023125002")
    assert (first.tags, second.tags) == (("all",), ("all", "slow"))
    assert [script.line for script in (first, second, third)] == [5, 7, 11]
    assert parse(SEVERAL, "x", variables={"who": "Carla"})[1].steps[0].text == "hello Carla"


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))

BROKEN = [
    ("", 1, "", "it is empty"),
    ("[]", 1, "", "a call file is a mapping"),
    ("hello", 1, "", "a call file is a mapping"),
    ("name: x", 1, "", "exactly one of steps and calls is expected"),
    ("steps: []\ncalls: []", 1, "", "exactly one of steps and calls"),
    ("step: []\nsteps: []", 1, "step", "there is no such key"),
    ("steps:\n  - sya: x", 2, "steps[0].sya", "there is no such key"),
    ("steps:\n  - say: x\n    dtmf: 1", 2, "steps[0]", "exactly one of say, dtmf, .* here is both say and dtmf"),
    ("steps:\n  - expect: {hangup: true}", 2, "steps[0]", "here is none"),
    ("steps:\n  - say:", 2, "steps[0].say", "it is empty"),
    ("steps:\n  - dtmf: #", 2, "steps[0].dtmf", "it is empty"),
    ("steps:\n  - dtmf: 1A", 2, "steps[0].dtmf", "keys of a telephone .* is expected, not 1A"),
    ("steps:\n  - say: [a]", 2, "steps[0].say", "a text is expected, not a list"),
    ("steps:\n  - say: {{ name }}", 2, "", "a key is a plain word"),
    ("steps:\n  - say: ${nmae}\nvariables: {name: x}", 2, "steps[0].say", "there is no variable nmae"),
    ("steps:\n  - silence: soon", 2, "steps[0].silence", "seconds are expected"),
    ("steps:\n  - silence: 0", 2, "steps[0].silence", "seconds are expected"),
    ("steps:\n  - silence: -1", 2, "steps[0].silence", "seconds are expected"),
    ("steps:\n  - silence: .inf", 2, "steps[0].silence", "seconds are expected"),
    ("steps:\n  - barge_in: {after_ms: x, say: a}", 2, "steps[0].barge_in.after_ms", "a whole number of milliseconds"),
    ("steps:\n  - barge_in: {after_ms: 5}", 2, "steps[0].barge_in", "say is missing"),
    ("steps:\n  - hangup: later", 2, "steps[0].hangup", "later is not one of true"),
    ("caller: 0211\nsteps: []", 1, "caller", "a number with \\+ and country code is expected, not 0211"),
    ("direction: up\nsteps: []", 1, "direction", "up is not one of inbound, outbound"),
    ("steps: []\nsteps: []", 2, "steps", "the key stands here and in line 1"),
    ("steps: {say: x}", 1, "steps", "a list is expected"),
    ("calls: []", 1, "calls", "a list of calls is expected"),
    ("calls:\n  - name: x", 2, "calls[0]", "steps is missing"),
    ("name: x\ncalls:\n  - steps: []", 1, "name", "belongs to one call"),
    (
        "calls:\n  - {name: a, steps: []}\n  - {name: a, steps: []}",
        3,
        "calls[1].name",
        "there is another call named a",
    ),
    ("steps:\n  - say: x\n    expect: {speek: x}", 3, "steps[0].expect.speek", "there is no such key"),
    ("steps:\n  - say: x\n    expect: {speak: {matches: '('}}", 3, "steps[0].expect.speak.matches", "not a regular"),
    ("steps:\n  - say: x\n    expect: {hangup: perhaps}", 3, "steps[0].expect.hangup", "true or false is expected"),
    ("steps:\n  - say: x\n    expect: {barge_in: fast}", 3, "steps[0].expect.barge_in", "fast is not one of"),
    ("steps:\n  - say: x\n    expect: {transfer: me}", 3, "steps[0].expect.transfer", "a number with"),
    ("a: b: c", 1, "", "it is not YAML: mapping values are not allowed here"),
    ("steps: [", 1, "", "it is not YAML"),
    ("steps: !!python/object:os.system []", 1, "", "the tag .* is not used"),
    ("steps: &a [*a]", 1, "", "nested too deeply"),
    (BOMB, 1, "", "nested too deeply"),
    ("[" * 3000, 1, "", "nested too deeply"),
    ("steps: []\n--- \nsteps: []", 2, "", "it is not YAML"),
    ("steps: [\x07]", 1, "", "it is not YAML"),
    (b"\xff\xfe\x00", 1, "", "it is not UTF-8"),
    ("x" * 2_000_000, 1, "", "it is larger than 1024 KiB"),
]


@pytest.mark.parametrize(("text", "line", "key", "reason"), BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_what_is_wrong_is_told_with_file_line_and_key(text: str | bytes, line: int, key: str, reason: str) -> None:
    with pytest.raises(CallFileError, match=reason) as caught:
        parse(text, "calls/x.yaml")
    assert (caught.value.file, caught.value.line, caught.value.key) == ("calls/x.yaml", line, key)
    assert caught.value.message.startswith(f"calls/x.yaml:{line}: ")
    assert isinstance(caught.value, ConfigError)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("steps:\n  - sya: x", "did you mean say?"),
        ("steps:\n  - dtmf: #", 'YAML reads a bare # as a comment: write "#"'),
        ("steps:\n  - say: ${nmae}\nvariables: {name: x}", "did you mean name?"),
        ("direction: inbuond\nsteps: []", "did you mean inbound?"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    with pytest.raises(CallFileError) as caught:
        parse(text, "x.yaml")
    assert caught.value.hint == hint


WORDS = (
    "steps calls say dtmf silence barge_in after_ms expect speak matches hangup transfer variables x ${x} ${ $$ 1 # "
    ": - [ ] { } , \" ' & * ! | > % @ ` ? \t + ~ null true 0x1f 1e9 .nan <<"
)
snippets = st.sampled_from([*WORDS.split(" "), "\n  - ", "\n    ", ": ", ": {", "steps:\n  - ", "\n", "  "])


@settings(max_examples=400, deadline=None)
@given(st.lists(snippets, max_size=30).map("".join) | st.text(max_size=80) | st.binary(max_size=80))
def test_any_text_gives_scripts_or_the_one_error(text: str | bytes) -> None:
    try:
        scripts = parse(text, "x.yaml")
    except CallFileError as error:
        assert error.line >= 1
    else:
        assert all(isinstance(script, Script) for script in scripts)


# -- the schema --------------------------------------------------------------------------------------


def keys_of(schema: dict[str, Any]) -> dict[str, Any]:
    return dict(schema.get("properties") or schema["anyOf"][0]["properties"])


def test_the_schema_knows_every_key_and_explains_it() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    step = keys_of(schema["properties"]["steps"]["items"])
    assert set(step) == {"say", "dtmf", "silence", "barge_in", "hangup", "expect"}
    assert all(entry["description"] for entry in step.values())
    assert set(keys_of(step["expect"])) == {
        "speak",
        "hangup",
        "transfer",
        "nothing",
        "within_ms",
        "barge_in",
        "voice",
    }


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="comes with schemathesis, in the dev group")
    yaml = pytest.importorskip("yaml")
    validator = jsonschema.Draft202012Validator(json_schema())
    for text in (WHOLE, SEVERAL):
        assert list(validator.iter_errors(yaml.safe_load(text))) == []
    for text in ("step: []", "steps: [{sya: x}]", "steps: [{say: a, dtmf: 1}]", "steps: [{say: x, expect: {a: b}}]"):
        assert list(validator.iter_errors(yaml.safe_load(text))) != []
