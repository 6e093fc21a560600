"""The actions that the application answers with (protocol.md section 4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from aiflow_cli.protocol.events import Wire

BargeInStrategy = Literal["none", "manual", "minimum_characters", "immediate"]
InputTimeout = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Action(Wire):
    """Base of all actions; ``session_id`` is the ``session.id`` of the event that is answered."""

    type: str
    session_id: str


class AzureVoice(Wire):
    """Text-to-speech by Azure."""

    provider: Literal["azure"]
    language: str | None = None
    voice: str | None = None


class VoiceReference(Wire):
    """An ElevenLabs voice by ``id`` or by ``name``."""

    id: str | None = None
    name: str | None = None

    @model_validator(mode="after")
    def _one_of_id_and_name(self) -> Self:
        if (self.id is None) == (self.name is None):
            raise ValueError("a voice needs exactly one of id and name")
        return self


class ElevenLabsVoice(Wire):
    """Text-to-speech by ElevenLabs."""

    provider: Literal["eleven_labs"]
    voice: str | VoiceReference


Tts = Annotated[AzureVoice | ElevenLabsVoice, Field(discriminator="provider")]


class BargeInOptions(Wire):
    """When the caller may interrupt a playback (protocol.md section 4, "barge_in option")."""

    strategy: BargeInStrategy = "minimum_characters"
    minimum_characters: Annotated[int, Field(ge=1, le=100)] = 3
    allow_after_ms: Annotated[int, Field(ge=0, le=10_000)] = 0


class Speak(Action):
    """Say ``text`` or ``ssml``: exactly one of the two."""

    type: Literal["speak"]
    text: str | None = None
    ssml: str | None = None
    tts: Tts | None = None
    barge_in: BargeInOptions | None = None
    user_input_timeout_seconds: InputTimeout | None = None
    vad: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _exactly_one_of_text_and_ssml(self) -> Self:
        if (self.text is None) == (self.ssml is None):
            both = "both text and ssml" if self.text is not None else "neither text nor ssml"
            raise ValueError(f"a speak has exactly one of text and ssml; this one has {both}")
        return self


class Audio(Action):
    """Play a WAV file: base64, 16 kHz, mono, 16-bit PCM."""

    type: Literal["audio"]
    audio: str
    barge_in: BargeInOptions | None = None
    user_input_timeout_seconds: InputTimeout | None = None


class Hangup(Action):
    """End the call at once; a playback under way is cut off."""

    type: Literal["hangup"]


class Transfer(Action):
    """Hand the call to somebody else at once; it leaves the assistant."""

    type: Literal["transfer"]
    target_phone_number: str
    caller_id_name: str
    caller_id_number: str


class BargeIn(Action):
    """Stop the playback under way. Often the first of an array: ``[barge_in, speak]``."""

    type: Literal["barge_in"]


class ConfigureTranscription(Action):
    """Change speech-to-text during the call."""

    type: Literal["configure_transcription"]
    provider: str | None = None
    languages: list[str] | None = None
    custom_vocabulary: list[str] | None = None


class MixAudio(Action):
    """Loop a background sound under the speech. Its fields are not documented: any are accepted."""

    type: Literal["mix_audio"]


ACTIONS: dict[str, type[Action]] = {
    "speak": Speak,
    "audio": Audio,
    "hangup": Hangup,
    "transfer": Transfer,
    "barge_in": BargeIn,
    "configure_transcription": ConfigureTranscription,
    "mix_audio": MixAudio,
}

AnyAction = Annotated[
    Speak | Audio | Hangup | Transfer | BargeIn | ConfigureTranscription | MixAudio,
    Field(discriminator="type"),
]
"""Every documented action, told apart by ``type``."""
