"""Server-sent events: what is written can be read, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.dashboard.sse import Frame, FrameReader, frames, position_frame, read_gap
from aiflow_cli.store.tail import Batch, Gap


def read(*chunks: bytes) -> list[Frame]:
    reader = FrameReader()
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


def test_a_batch_is_a_gap_and_its_rows() -> None:
    batch = Batch([(7, '{"id":7}'), (9, '{"id":9}')], 9, Gap(3, 6))
    assert read(frames(batch)) == [
        Frame("gap", 6, '{"from": 3, "to": 6}'),
        Frame("exchange", 7, '{"id":7}'),
        Frame("exchange", 9, '{"id":9}'),
    ]


def test_behind_a_replaced_log_positions_begin_anew() -> None:
    assert read(frames(Batch([], 0, Gap(0, 70)))) == [Frame("gap", 0, '{"from": 0, "to": 70}')]


def test_nothing_is_nothing_and_a_position_has_no_data() -> None:
    assert frames(Batch([], 9)) == b""
    assert read(position_frame(9)) == [Frame("message", 9, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data: a\ndata: b\n\n", Frame("message", None, "a\nb")),
        ("data:a\n\n", Frame("message", None, "a")),
        ("data:  a\n\n", Frame("message", None, " a")),
        ("data\n\n", Frame("message", None, "")),
        (": comment\nid: 3\nretry: 5\nunknown: x\n\n", Frame("message", 3, None)),
        ("id: x\ndata: a\n\n", Frame("message", None, "a")),
        ("id: ²\ndata: a\n\n", Frame("message", None, "a")),
        ("event: gap\r\nid: 3\r\ndata: a\r\n\r\n", Frame("gap", 3, "a")),
        ("event: gap\rid: 3\rdata: a\r\r", Frame("gap", 3, "a")),
    ],
)
def test_all_that_the_standard_allows_is_understood(text: str, expected: Frame) -> None:
    assert read(text.encode(), b"\n") == [expected]


rows = st.lists(st.tuples(st.integers(0, 2**63), st.text(st.characters(blacklist_characters="\r\n", codec="utf-8"))))


@given(rows=rows, cuts=st.lists(st.integers(0, 400)), newline=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_where_chunks_end_does_not_matter(rows: list[tuple[int, str]], cuts: list[int], newline: bytes) -> None:
    data = frames(Batch(rows, 0)).replace(b"\n", newline)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    chunks = [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    # A bare CR may be half of a CRLF: only the next byte tells.
    assert read(*chunks, b":") == [Frame("exchange", id, text) for id, text in rows]


@given(st.binary())
def test_any_bytes_are_frames_or_not(data: bytes) -> None:
    read(data, b"\n\n")


@pytest.mark.parametrize("data", ["", "[]", "{}", '{"from": "a", "to": 1}', '{"from": null, "to": 1}', "null"])
def test_what_is_no_gap_is_one_error(data: str) -> None:
    with pytest.raises(ValueError):
        read_gap(data)
