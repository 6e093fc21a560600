"""How long speech lasts, and when it interrupts. All times are whole milliseconds of the call.

The vendor documents neither; both models are stated in docs/simulator.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aiflow_cli.protocol.actions import BargeInOptions, BargeInStrategy

CHARACTERS_PER_SECOND = 15
"""150 words a minute of six characters each, a usual rate of speech and of text-to-speech."""

VOICE_ACTIVITY_MS = 60
"""From the caller's first sound to ``user_speech_started``: within the documented 20-120 ms."""


class BargeIn(NamedTuple):
    """A playback's barge-in settings with the defaults of protocol.md section 4."""

    strategy: BargeInStrategy = "minimum_characters"
    minimum_characters: int = 3
    allow_after_ms: int = 0


DEFAULT_BARGE_IN = BargeIn()


def barge_in(options: BargeInOptions | None) -> BargeIn:
    """The settings of an action."""
    if options is None:
        return DEFAULT_BARGE_IN
    return BargeIn(options.strategy, options.minimum_characters, options.allow_after_ms)


def spoken_ms(text: str) -> int:
    """How long it takes to say ``text``: 1/15 s a character."""
    return len(text) * 1000 // CHARACTERS_PER_SECOND


def ssml_ms(document: str) -> int:
    """The same for SSML: its text, and its breaks.

    Raises:
        SsmlError: it is not well-formed.
    """
    from aiflow_cli.protocol import ssml

    speech = ssml.parse(document)
    return spoken_ms(speech.text) + speech.break_ms


def audio_ms(encoded: str) -> int:
    """How long a base64 WAV file plays.

    Raises:
        AudioError: it cannot be played.
    """
    from aiflow_cli.protocol import audio

    return round(audio.read(encoded).duration_ms)


def interruption(
    settings: BargeIn, *, began: int, ends: int, said: str, speech_began: int, speech_ends: int
) -> int | None:
    """When words spoken over a playback interrupt it; None if they do not.

    Characters are heard evenly over the words' duration. The playback stops at the first moment at which
    enough of them were heard, ``allow_after_ms`` have passed since it ``began``, and the caller still speaks.
    """
    if settings.strategy in ("none", "manual"):
        return None
    needed = settings.minimum_characters if settings.strategy == "minimum_characters" else 0
    if len(said) < needed:
        return None
    heard_enough = speech_began + -(-(speech_ends - speech_began) * needed // max(len(said), 1))
    at = max(heard_enough, began + settings.allow_after_ms)
    return at if at <= speech_ends and at < ends else None


def unheard_because(settings: BargeIn, said: str) -> str:
    """Why words over a playback did not interrupt it, as the end of a sentence."""
    if settings.strategy in ("none", "manual"):
        return f"the playback's barge_in strategy is {settings.strategy}"
    if settings.strategy == "minimum_characters" and len(said) < settings.minimum_characters:
        return f"the playback asks for {settings.minimum_characters} characters, and these words have {len(said)}"
    return f"the playback can be interrupted only after {settings.allow_after_ms} ms"


def heard_part(text: str, heard_ms: int, duration_ms: int) -> str:
    """The words of ``text`` that were out when a playback was cut off after ``heard_ms``."""
    if heard_ms >= duration_ms:
        return text
    cut = len(text) * heard_ms // duration_ms
    if cut < len(text) and not text[cut].isspace():
        cut = max(text.rfind(" ", 0, cut), 0)
    return text[:cut].rstrip()
