"""The WAV files that an ``audio`` action carries: base64, 16 kHz, mono, 16-bit PCM (protocol.md section 4)."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

_PCM = 1
_EXTENSIBLE = 0xFFFE


class AudioError(ValueError):
    """The bytes are not the audio that the service plays; the message says why."""


@dataclass(frozen=True, slots=True)
class Wav:
    """Format and length of a WAV file; ``duration_ms`` in milliseconds."""

    rate: int
    channels: int
    bits: int
    duration_ms: float


def read(encoded: str) -> Wav:
    """Decode base64 and read the header of the WAV file inside.

    Raises:
        AudioError: not base64, not a WAV file, or not PCM.
    """
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise AudioError("it is not base64") from None
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise AudioError("it is base64, but not of a WAV file (no RIFF/WAVE header)")
    return _read_chunks(data)


def _read_chunks(data: bytes) -> Wav:
    offset, layout = 12, None
    while offset + 8 <= len(data):
        name, size = data[offset : offset + 4], struct.unpack_from("<I", data, offset + 4)[0]
        offset += 8
        if name == b"fmt ":
            layout = _read_format(data[offset : offset + size])
        elif name == b"data":
            if layout is None:
                raise AudioError("the WAV file has no format chunk before its data")
            rate, channels, bits = layout
            length = min(size, len(data) - offset)
            return Wav(rate, channels, bits, length * 1000 / (rate * channels * bits / 8))
        offset += size + (size & 1)
    raise AudioError("the WAV file has no data chunk")


def _read_format(chunk: bytes) -> tuple[int, int, int]:
    if len(chunk) < 16:
        raise AudioError("the WAV file's format chunk is cut short")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == _EXTENSIBLE and len(chunk) >= 26:
        code = struct.unpack_from("<H", chunk, 24)[0]
    if code != _PCM:
        raise AudioError(f"the WAV file is not PCM (format code {code})")
    if not (rate and channels and bits):
        raise AudioError("the WAV file's format chunk holds a zero")
    return rate, channels, bits
