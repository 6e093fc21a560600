"""Recordings are written line by line, and any bytes are a recording or one error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiflow_cli._version import __version__
from aiflow_cli.errors import ExitCode, UsageError
from aiflow_cli.recording.callfile import call_file
from aiflow_cli.recording.diff import compare
from aiflow_cli.recording.exchange import Exchange
from aiflow_cli.recording.files import (
    CallClock,
    Header,
    Recording,
    RecordingError,
    RecordingWriter,
    parse_recording,
    read_recording,
)
from aiflow_cli.recording.masks import Masks
from aiflow_cli.recording.pseudonyms import Pseudonyms
from aiflow_cli.recording.redaction import Redactor
from aiflow_cli.recording.rewrite import Rewriter
from aiflow_cli.recording.upgrade import FORMAT_VERSION
from aiflow_cli.render.diff import side_by_side
from aiflow_cli.session.script import parse

from .exchanges import URL, answered, event, failed, speak

SAMPLES = Path(__file__).parent / "samples"
HEADER = Header(url=URL)
CALL = [
    answered(event("session_start"), speak("Hello!")),
    answered(event("user_speak", text="Grüß Gott", barged_in=False), speak("You said: Grüß Gott")),
    failed(event("dtmf_received", digit="1"), status=500),
    failed(event("session_end", reason="hangup")),
]


def write(path: Path, exchanges: list[Exchange], header: Header = HEADER) -> Path:
    with RecordingWriter(path, header) as writer:
        for number, exchange in enumerate(exchanges):
            writer.write(exchange, call_time_ms=number * 1000)
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path / "rec.jsonl", CALL)


def test_what_is_written_is_read_again(recorded: Path) -> None:
    recording = read_recording(recorded)

    assert recording.header == Header(url=URL, transport="http", flow_id="local", aiflow=__version__)
    assert [entry.exchange for entry in recording.entries] == CALL
    assert [entry.call_time_ms for entry in recording.entries] == [0, 1000, 2000, 3000]
    assert recording.notes == ()


def test_the_format_is_json_lines_with_its_version_first(recorded: Path) -> None:
    lines = recorded.read_text(encoding="utf-8").splitlines()

    assert lines[0].startswith('{"aiflowRecording":1,')
    assert json.loads(lines[1]) == {**CALL[0].to_dict(), "callTimeMs": 0}


def test_only_the_owner_can_read_it(recorded: Path) -> None:
    assert recorded.stat().st_mode & 0o777 == 0o600


def test_secrets_stay_out(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    with RecordingWriter(path, Header(url="http://me:pw@host/"), redactor=Redactor(["s3cret-word"])) as writer:
        writer.write(answered(event("user_speak", text="it is s3cret-word"), speak("s3cret-word")))

    assert "s3cret-word" not in path.read_text()
    assert "me:pw" not in path.read_text()


def test_redaction_is_noted_in_the_header(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    with RecordingWriter(path, HEADER, pseudonyms=Pseudonyms(b"key")) as writer:
        writer.write(answered(event("user_speak", text="my name is Ada"), speak("Hello Ada")))

    assert read_recording(path).header.redacted
    assert "Ada" not in path.read_text()


def test_a_killed_writer_leaves_every_line_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    program = """
import sys
from pathlib import Path
from aiflow_cli.recording.files import RecordingWriter
from tests.recording.test_files import CALL, HEADER
writer = RecordingWriter(Path(sys.argv[1]), HEADER)
for exchange in CALL:
    writer.write(exchange)
print("written", flush=True)
sys.stdin.read()
"""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", program, path], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)

    assert [entry.exchange for entry in read_recording(path).entries] == CALL


@pytest.mark.parametrize("lost", [1, 2, 40, 300])
def test_a_last_line_that_is_cut_off_is_left_out_with_a_note(recorded: Path, lost: int) -> None:
    data = recorded.read_bytes()[:-lost]

    recording = parse_recording(data, name="rec.jsonl")

    complete = 4 if lost == 1 else 3
    assert [entry.exchange for entry in recording.entries] == CALL[:complete]
    assert len(recording.notes) == (lost > 1)
    if recording.notes:
        assert recording.notes[0].startswith("rec.jsonl, line 5: cut off")


@pytest.mark.parametrize(
    ("line", "text", "where"),
    [
        (1, '{"aiflow":"1"}', "rec.jsonl, line 1: not a recording: $: aiflowRecording is missing"),
        (1, '{"aiflowRecording":1}', "rec.jsonl, line 1: not a recording: $: transport is missing"),
        (1, '{"aiflowRecording":"1"}', "rec.jsonl, line 1: not a recording: the version"),
        (1, '{"aiflowRecording":0}', "rec.jsonl, line 1: not a recording: there is no recording format 0"),
        (2, "[]", "rec.jsonl, line 2: a line of a recording is a JSON object"),
        (3, "{}", "rec.jsonl, line 3: $: callTimeMs is missing"),
        (4, '{"callTimeMs":-1}', "rec.jsonl, line 4: $.callTimeMs: must be 0 to 1000000000"),
        (4, '{"callTimeMs":1e300}', "rec.jsonl, line 4: $.callTimeMs: must be 0 to 1000000000"),
        (4, '{"x":' + "[" * 200 + "]" * 200 + "}", "rec.jsonl, line 4: nested too deeply"),
        (4, '{"callTimeMs":true}', "rec.jsonl, line 4: $.callTimeMs: must be a whole number or a number, not true"),
        (4, '{"callTimeMs":1e999}', 'rec.jsonl, line 4: "1e999" is out of range'),
        (5, "{", "rec.jsonl, line 5: expecting property name"),
    ],
)
def test_errors_name_file_and_line(recorded: Path, line: int, text: str, where: str) -> None:
    lines = recorded.read_bytes().split(b"\n")
    lines[line - 1] = text.encode()

    with pytest.raises(RecordingError) as caught:
        parse_recording(b"\n".join(lines), name="rec.jsonl")

    assert caught.value.message.startswith(where)
    assert (caught.value.file, caught.value.line) == ("rec.jsonl", line)
    assert caught.value.exit_code == ExitCode.CONFIG


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("event", "hello", "$.event: must be an object or null"),
        ("actions", [1], "$.actions[0]: must be an object"),
        ("outcome", "fine", '$.outcome: "fine" is none of'),
        ("status", True, "$.status: must be a whole number or null, not true"),
        ("problems", [{"rule": 1}], "$.problems[0].rule: must be a string"),
        ("problems", [{"rule": "r", "message": "m", "severity": "bad"}], '$.problems[0].severity: "bad" is no'),
        ("rawAnswer", {}, "$.rawAnswer: must be a string or null"),
    ],
)
def test_errors_name_the_field(recorded: Path, field: str, value: object, path: str) -> None:
    lines = recorded.read_bytes().splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), field: value}).encode()

    with pytest.raises(RecordingError, match="rec.jsonl, line 3: ") as caught:
        parse_recording(b"\n".join([*lines, b""]), name="rec.jsonl")

    assert path in caught.value.message


def test_a_newer_recording_asks_for_a_newer_program(recorded: Path) -> None:
    newer = recorded.read_bytes().replace(b'"aiflowRecording":1', b'"aiflowRecording":999')

    with pytest.raises(RecordingError, match="written by a newer aiflow") as caught:
        parse_recording(newer, name="rec.jsonl")

    assert caught.value.hint is not None
    assert caught.value.hint.startswith("update aiflow")


def test_unknown_fields_and_blank_lines_are_ignored(recorded: Path) -> None:
    lines = recorded.read_bytes().splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), "later": 1}).encode()

    assert len(parse_recording(b"\r\n".join([*lines, b"", b""]), name="x").entries) == 4


def test_a_missing_file_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        read_recording(tmp_path / "none.jsonl")


def test_an_older_recording_is_replaced_and_nothing_else_is(recorded: Path, tmp_path: Path) -> None:
    write(recorded, CALL[:1])
    assert len(read_recording(recorded).entries) == 1

    program = tmp_path / "app.py"
    program.write_text("print('mine')")
    with pytest.raises(UsageError, match="is no recording"):
        RecordingWriter(program, HEADER)
    assert program.read_text() == "print('mine')"


def test_a_full_disk_is_a_recording_error() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(RecordingError, match="No space left"):
        RecordingWriter(full, HEADER)


def test_a_folder_that_does_not_exist_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        RecordingWriter(tmp_path / "none" / "rec.jsonl", HEADER)


def test_call_time_is_measured_from_the_calls_first_exchange() -> None:
    clock = CallClock()
    first = answered(event("session_start", "a"), at="2026-01-31T12:00:00.000Z")
    other = answered(event("session_start", "b"), at="2026-01-31T12:00:01.000Z")
    later = answered(event("session_end", "a"), at="2026-01-31T12:00:02.250Z")

    assert [clock.call_time_ms(exchange) for exchange in (first, other, later)] == [0, 0, 2250]


def test_calls_are_told_apart_and_pushes_belong_to_the_latest() -> None:
    push = answered(None, speak("still there?"))
    entries = [answered(event("session_start", "a")), push, answered(event("session_start", "b")), push]
    calls = parse_recording(_file(entries), name="x").calls

    assert [(session, len(found)) for session, found in calls.items()] == [("a", 2), ("b", 2)]


def _file(exchanges: list[Exchange]) -> bytes:
    lines = [HEADER.to_dict(), *({**exchange.to_dict(), "callTimeMs": 0} for exchange in exchanges)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


# -- samples of every version ------------------------------------------------------------------------


def test_there_is_a_sample_of_every_version() -> None:
    expected = [f"version-{number}.jsonl" for number in range(1, FORMAT_VERSION + 1)]

    assert sorted(path.name for path in SAMPLES.iterdir()) == expected


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: str(path.stem))
def test_every_sample_is_read(path: Path) -> None:
    recording = read_recording(path)

    assert [entry.exchange.type for entry in recording.entries] == [
        "session_start", "assistant_speak", "assistant_speech_ended", "user_speak", None, None, "session_end",
    ]  # fmt: skip
    assert recording.entries[4].exchange.raw_event == "not an event"
    assert recording.entries[5].exchange.actions == [
        {"type": "speak", "session_id": "0b0fa5a6-5b4e-4c38-9a3c-6d1f6d0c2e11", "text": "Are you still there?"}
    ]
    assert [entry.call_time_ms for entry in recording.entries] == [0, 0, 2066, 3500.5, 3600, 4000, 4100]


# -- any bytes ---------------------------------------------------------------------------------------

SAMPLE = (SAMPLES / "version-1.jsonl").read_bytes()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _recording_or_error(data: bytes) -> Recording | RecordingError:
    try:
        return parse_recording(data, name="fuzzed")
    except RecordingError as error:
        assert error.file == "fuzzed"
        assert error.line is not None
        return error


@given(st.binary(max_size=400))
@example(b"")
@example(b"\n")
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"aiflowRecording":' + b"9" * 5000 + b"}\n")
@example(b'{"aiflowRecording":1,"aiflow":"\\ud800","flowId":"","url":"","transport":"http"}\n')
def test_any_bytes_are_a_recording_or_one_error(data: bytes) -> None:
    _recording_or_error(data)


@given(st.data())
def test_any_change_to_a_recording_is_a_recording_or_one_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SAMPLE)))
    end = data.draw(st.integers(start, min(start + 60, len(SAMPLE))))
    _recording_or_error(SAMPLE[:start] + data.draw(st.binary(max_size=60)) + SAMPLE[end:])


def _fields() -> Iterator[tuple[int, str]]:
    for number, line in enumerate(SAMPLE.splitlines()):
        for name in json.loads(line):
            yield number, name


@given(st.sampled_from(list(_fields())), json_values)
@example((4, "event"), {"type": "user_speak", "session": [], "text": {"a": 1}})
@example((4, "event"), {"type": "dtmf_received", "session": {"id": 5}, "digit": None})
@example((4, "event"), {"type": 5, "session": {"id": "x", "from_phone_number": 5}})
@example((4, "actions"), [{"type": "speak", "text": 5, "ssml": 5, "tts": 5, "barge_in": 5}])
@example((4, "actions"), [{"type": ["speak"], "text": "", "tts": {"voice": {"id": 5}}, "barge_in": {"strategy": []}}])
@example((4, "actions"), [{"type": "speak", "session_id": {}, "ssml": "<a", "user_input_timeout_seconds": 1e308}])
@example((4, "at"), "0001-01-01T00:00:00")
@example((4, "sessionId"), "")
def test_any_value_in_any_field_is_a_recording_or_one_error(field: tuple[int, str], value: object) -> None:
    number, name = field
    lines = SAMPLE.splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), name: value}).encode()

    result = _recording_or_error(b"\n".join([*lines, b""]))

    # What was read can be written and read again, and used for everything that a recording is for.
    if isinstance(result, Recording):
        found = compare(result, parse_recording(SAMPLE, name="sample"))
        json.dumps(found.to_dict(), allow_nan=False)
        assert side_by_side(found, left="a", right="b", everything=True)
        assert parse(call_file(result, Masks())[0], "x.yaml")
        for entry in result.entries:
            json.dumps(Rewriter({"x": "y"}, shift_ms=1e12).event(entry.exchange.event or {}), allow_nan=False)
            Pseudonyms(b"key").exchange(entry.exchange)
        rewritten = [result.header.to_dict(), *(entry.to_dict() for entry in result.entries)]
        again = parse_recording(b"".join(json.dumps(line).encode() + b"\n" for line in rewritten), name="again")
        assert again.entries == result.entries
