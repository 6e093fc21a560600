"""From an action to what is heard of it: its text, how long it lasts, and when it may be interrupted."""

from __future__ import annotations

from typing import Any

from aiflow_cli.session.effects import Playback
from aiflow_cli.session.timing import audio_ms, barge_in, spoken_ms, ssml_ms


class Unplayable(ValueError):
    """The voice fails on it: broken SSML, or audio that is none. The message is the end of a sentence."""


def playback(action: Any) -> Playback:
    """The playback of a ``speak`` or ``audio`` action.

    Raises:
        Unplayable: nothing of it can be heard.
    """
    text, fields, duration_ms = _content(action)
    settings = barge_in(action.barge_in)
    return Playback(text, fields, duration_ms, settings, _milliseconds(action.user_input_timeout_seconds), action)


def _content(action: Any) -> tuple[str, dict[str, str], int]:
    """What is heard, what ``assistant_speak`` repeats of it, and how long it lasts."""
    if action.type == "audio":
        return "", {}, _audio_ms(action.audio)
    if action.text is not None:
        return action.text, {"text": action.text}, spoken_ms(action.text)
    from aiflow_cli.protocol import ssml

    try:
        return ssml.parse(action.ssml).text, {"ssml": action.ssml}, ssml_ms(action.ssml)
    except ssml.SsmlError as error:
        raise Unplayable(f"its SSML is not well-formed: {error}") from None


def _audio_ms(encoded: str) -> int:
    from aiflow_cli.protocol.audio import AudioError

    try:
        return audio_ms(encoded)
    except AudioError as error:
        raise Unplayable(f"its audio cannot be played: {error}") from None


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(round(seconds * 1000), 1)
