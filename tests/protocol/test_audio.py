from __future__ import annotations

import base64
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.protocol import audio

from .deliveries import wav


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_format_and_length_of_the_reference() -> None:
    assert audio.read(encoded(wav(16000, ms=250))) == audio.Wav(16000, 1, 16, 250.0)


@pytest.mark.parametrize(("rate", "channels", "bits"), [(8000, 1, 16), (44100, 2, 16), (16000, 1, 8)])
def test_other_formats_are_read_too(rate: int, channels: int, bits: int) -> None:
    found = audio.read(encoded(wav(rate, channels=channels, bits=bits, ms=100)))
    assert (found.rate, found.channels, found.bits, found.duration_ms) == (rate, channels, bits, 100.0)


def test_the_extensible_format_names_pcm_further_back() -> None:
    layout = struct.pack("<HHIIHH", 0xFFFE, 1, 16000, 32000, 2, 16) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", 4) + bytes(4)
    data = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
    assert audio.read(encoded(data)).rate == 16000


def test_other_chunks_are_skipped_with_their_padding() -> None:
    data = wav()
    noted = data[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + data[12:]
    assert audio.read(encoded(noted)).rate == 16000


def test_a_length_that_is_not_true_counts_what_is_there() -> None:
    data = bytearray(wav(ms=100))
    data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    assert audio.read(encoded(bytes(data))).duration_ms == 100.0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"OggS" + bytes(40), "no RIFF/WAVE"),
        (b"RIFF\0\0\0\0WAVE", "no data chunk"),
        (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd", "no format chunk"),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0abcd", "cut short"),
        (wav(code=3), "not PCM (format code 3)"),
        (wav(0), "a zero"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, said: str) -> None:
    with pytest.raises(audio.AudioError) as caught:
        audio.read(encoded(data))
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["a", "äöü", "UklGRg==\n"])
def test_what_is_not_base64_is_said(text: str) -> None:
    with pytest.raises(audio.AudioError, match="base64"):
        audio.read(text)


@given(st.binary(max_size=80))
def test_any_bytes_after_the_header_are_read_or_refused(rest: bytes) -> None:
    with suppress(audio.AudioError):
        assert audio.read(encoded(b"RIFF\0\0\0\0WAVE" + rest)).duration_ms >= 0
