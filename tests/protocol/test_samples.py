from __future__ import annotations

import subprocess
import sys

import pytest

from aiflow_cli.protocol.events import EVENTS
from aiflow_cli.protocol.samples import CALLER_NUMBER, EVENT_TYPES, FLOW_NUMBER, OPTIONAL_FIELDS, sample_event


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_a_sample_has_every_field_of_the_protocol_but_the_optional_ones(kind: str) -> None:
    listed = set(EVENTS[kind].model_fields)
    assert set(sample_event(kind, "s")) | set(OPTIONAL_FIELDS.get(kind, ())) == listed


def test_a_writer_sends_all_six_fields_of_the_session() -> None:
    assert set(sample_event("session_start", "s")["session"]) == {
        "id",
        "account_id",
        "phone_number",
        "direction",
        "from_phone_number",
        "to_phone_number",
    }


def test_inbound_the_caller_calls_the_flow() -> None:
    session = sample_event("session_start", "s")["session"]
    assert (session["from_phone_number"], session["to_phone_number"]) == (CALLER_NUMBER, FLOW_NUMBER)


def test_playback_begins_now() -> None:
    assert sample_event("assistant_speak", "s", now_ms=1_700_000_000_000)["speech_started_at"] == 1_700_000_000_000


def test_samples_need_no_pydantic() -> None:
    code = "import sys, aiflow_cli.protocol.samples; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
