"""For each check a bot that breaks it: the correct bot with one thing wrong, as real bots get it wrong.

``BROKEN`` maps the id of a check to the bot; ``also`` names further checks that rightly catch it.
"""

from __future__ import annotations

import base64
import io
import json
import threading
import time
import traceback
import unicodedata
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bots.correct import Actions, BadRequest, Bot, Handler, Request, Response, SsmlBot

OWN_FAULT = Response(500, b'{"error": "internal error"}')


@dataclass(frozen=True)
class Broken:
    """A bot, the way it is served, and the checks that must catch it."""

    bot: type[Bot]
    caught_by: frozenset[str]
    handler: type[Handler] = Handler


BROKEN: dict[str, Broken] = {}


def breaks(id: str, *also: str, handler: type[Handler] = Handler) -> Callable[[type[Bot]], type[Bot]]:
    def register(bot: type[Bot]) -> type[Bot]:
        BROKEN[id] = Broken(bot, frozenset({id, *also}), handler)
        return bot

    return register


class Crash(Exception):
    """Stands for any error that a bot forgot."""


class Crashing(Bot):
    """Answers 500 where ``trips_over`` is true, as a framework does for an exception."""

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        raise NotImplementedError

    def receive(self, request: Request) -> Response:
        try:
            return super().receive(request)
        except Crash:
            return OWN_FAULT

    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        if self.trips_over(request, event):
            raise Crash


def words(event: dict[str, Any]) -> str:
    text = event.get("text", event.get("transcript"))
    return text if isinstance(text, str) else ""


# -- events ------------------------------------------------------------------------------------------


@breaks("every-event")
class NoSpeechEnded(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return str(event["type"]) == "assistant_speech_ended"


@breaks("everyday-words")
class NoGoodbye(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return "goodbye" in words(event).lower()


@breaks("every-digit")
class DigitsAreNumbers(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return event.get("digit") in ("*", "#")


@breaks("required-fields-only")
class NeedsDuration(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return event["type"] == "assistant_speak" and "duration_ms" not in event


@breaks("optional-fields")
class TripsOverBargeIn(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return event.get("barged_in") is True


@breaks("outbound-call")
class InboundOnly(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return str(event["session"].get("direction")) == "outbound"


# In a whole call two assistant_speech_ended are alike, and lawful.
@breaks("repeated-event", "whole-calls")
class EveryEventOnce(Crashing):
    def __init__(self, secret: str | None = None) -> None:
        super().__init__(secret)
        self.seen: set[bytes] = set()

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        known = request.body in self.seen
        self.seen.add(request.body)
        return known


# -- tolerance ---------------------------------------------------------------------------------------

_KNOWN_TYPES = {
    "session_start",
    "user_speak",
    "user_barge_in",
    "dtmf_received",
    "user_input_timeout",
    "assistant_speak",
    "assistant_speech_ended",
    "session_end",
    "user_speech_started",
}
_KNOWN_FIELDS = {
    "type",
    "session",
    "text",
    "transcript",
    "ssml",
    "digit",
    "barged_in",
    "reason",
    "timestamp",
    "duration_ms",
    "speech_started_at",
}


@breaks("unknown-type")
class RefusesUnknownTypes(Bot):
    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        if event["type"] not in _KNOWN_TYPES:
            raise BadRequest("unknown type")


@breaks("unknown-type-quiet")
class TalksAboutUnknownTypes(Bot):
    def answer(self, event: dict[str, Any]) -> Actions:
        unknown = event["type"] not in _KNOWN_TYPES
        return self.speak(event, "I did not get that.") if unknown else super().answer(event)


@breaks("unknown-fields")
class RefusesUnknownFields(Bot):
    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        if event["type"] in _KNOWN_TYPES and not set(event) <= _KNOWN_FIELDS:
            raise BadRequest("unknown field")


@breaks("short-session")
class NeedsTheCaller(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return "from_phone_number" not in event["session"]


@breaks("transcript")
class RefusesTranscript(Bot):
    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        if event["type"] == "user_speak" and "text" not in event:
            raise BadRequest("no text")


@breaks("transcript-heard")
class DeafToTranscript(Bot):
    def answer(self, event: dict[str, Any]) -> Actions:
        return None if "transcript" in event else super().answer(event)


@breaks("unicode-text")
class LatinOnly(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return any("GREEK" in unicodedata.name(character, "") for character in words(event))


@breaks("emoji-text")
class SixteenBits(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return any(ord(character) > 0xFFFF for character in words(event))


@breaks("right-to-left-text")
class LeftToRight(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return any(unicodedata.bidirectional(character) in ("R", "AL") for character in words(event))


@breaks("long-text")
class SmallBuffer(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return len(words(event)) > 8192


@breaks("empty-text")
class NeedsWords(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return isinstance(event.get("text"), str) and not words(event).split()


@breaks("escaped-text")
class NoEscapes(Bot):
    def inspect(self, request: Request, event: dict[str, Any]) -> None:
        if b"\\u" in request.body:
            raise BadRequest("escapes")


# -- calls -------------------------------------------------------------------------------------------


@breaks("mid-call")
class NeedsTheStart(Crashing):
    def __init__(self, secret: str | None = None) -> None:
        super().__init__(secret)
        self.started: set[str] = set()

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        if event["type"] == "session_start":
            self.started.add(event["session"]["id"])
        return event["session"]["id"] not in self.started


@breaks("whole-calls")
class NoFourthSentence(Crashing):
    """Its dialogue has three states, and nobody ever said more."""

    def __init__(self, secret: str | None = None) -> None:
        super().__init__(secret)
        self.turns: dict[str, int] = {}

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        id = event["session"]["id"]
        self.turns[id] = self.turns.get(id, 0) + (event["type"] == "user_speak")
        return self.turns[id] > 3 and event["type"] == "user_speak"


@breaks("interleaved-calls")
class OneNameForAll(Bot):
    def reply(self, event: dict[str, Any], text: str) -> Actions:
        shared = {**event, "session": {**event["session"], "id": "everybody"}}
        actions = super().reply(shared, text)
        assert actions is None or isinstance(actions, dict)
        return actions and {**actions, "session_id": event["session"]["id"]}


@breaks("overlapping-calls")
class GlobalEvent(Bot):
    """Keeps the event in a global variable while it looks something up."""

    current = ""

    def echo(self, event: dict[str, Any], text: str) -> Actions:
        self.current = text
        time.sleep(0.03)
        return super().echo(event, self.current)


@breaks("parallel-calls")
class OneAtATime(Bot):
    """Quick when it is alone; who has to wait also waits for something slow."""

    def __init__(self, secret: str | None = None) -> None:
        super().__init__(secret)
        self.lock = threading.Lock()

    def reply(self, event: dict[str, Any], text: str) -> Actions:
        alone = self.lock.acquire(blocking=False)
        if not alone:
            self.lock.acquire()
        try:
            time.sleep(0.02 if alone else 0.15)
            return super().reply(event, text)
        finally:
            self.lock.release()


# -- secret ------------------------------------------------------------------------------------------


@breaks("secret-accepted")
class AnotherSecret(Bot):
    def authorized(self, request: Request) -> bool:
        return False


@breaks("secret-header-case")
class CaseOfHeaders(Bot):
    def token(self, request: Request) -> str | None:
        return request.headers.get("X-API-TOKEN")


@breaks("secret-wrong", "secret-almost")
class AnySecret(Bot):
    def authorized(self, request: Request) -> bool:
        return bool(self.token(request))


@breaks("secret-almost")
class PrefixOfSecret(Bot):
    def authorized(self, request: Request) -> bool:
        token = self.token(request)
        return bool(token) and str(self.secret).startswith(str(token))


@breaks("secret-missing")
class SecretIfThere(Bot):
    def authorized(self, request: Request) -> bool:
        return self.token(request) is None or super().authorized(request)


@breaks("secret-empty")
class EmptyIsFine(Bot):
    def authorized(self, request: Request) -> bool:
        return self.token(request) == "" or super().authorized(request)


# -- requests ----------------------------------------------------------------------------------------


@breaks("malformed-json")
class SilentOnNonsense(Bot):
    def receive(self, request: Request) -> Response:
        response = super().receive(request)
        return Response(204) if b"not JSON" in response.body and request.body.strip() else response


@breaks("empty-body")
class EmptyIsNothing(Bot):
    def receive(self, request: Request) -> Response:
        response = super().receive(request)
        return Response(204) if response.status == 400 and not request.body.strip() else response


@breaks("wrong-shapes")
class AnythingGoes(Bot):
    def refuse(self, error: BadRequest) -> Response:
        return Response(204) if "session" in str(error) else super().refuse(error)


@breaks("wrong-types")
class TrustsItsTypes(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return not isinstance(event.get("text", ""), str)


@breaks("deep-nesting")
class OnlyValueErrors(Crashing):
    def load(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except ValueError as error:
            raise BadRequest("not JSON") from error
        except RecursionError as error:
            raise Crash from error

    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return False


@breaks("get-and-head")
class SaysItRuns(Bot):
    def receive(self, request: Request) -> Response:
        return Response(200, b"the bot is running") if request.method != "POST" else super().receive(request)


@breaks("content-type")
class ReadsForms(Crashing):
    def trips_over(self, request: Request, event: dict[str, Any]) -> bool:
        return request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")


@breaks("content-type-charset")
class ExactContentType(Bot):
    def receive(self, request: Request) -> Response:
        right = request.headers.get("Content-Type") == "application/json"
        return super().receive(request) if right or request.method != "POST" else Response(415)


# -- connection --------------------------------------------------------------------------------------


class LeavesBodiesUnread(Handler):
    """Refuses by the length alone, and goes on to read the next request from where it stopped."""

    def body(self) -> bytes:
        if 0 < int(self.headers.get("Content-Length", 0)) < 20:
            return b""
        return super().body()


class LengthOnly(Handler):
    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


@breaks("keep-alive", handler=LeavesBodiesUnread)
class Unread(Bot):
    pass


@breaks("chunked", handler=LengthOnly)
class NeedsLength(Bot):
    pass


# -- answers -----------------------------------------------------------------------------------------


@breaks("ssml-escaped")
class RawSsml(SsmlBot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", ssml=f"<speak>{text}</speak>")


@breaks("session-id")
class ForgetsTheId(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return {"type": "speak", "text": text}


@breaks("unknown-action")
class Misspells(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speek", text=text)


@breaks("not-an-answer")
class SaysOk(Bot):
    def respond(self, event: dict[str, Any], actions: Actions) -> Response:
        return Response(200, b"OK") if actions is None else super().respond(event, actions)


@breaks("body-too-large")
class Endless(Bot):
    def respond(self, event: dict[str, Any], actions: Actions) -> Response:
        response = super().respond(event, actions)
        padding = b" " * (4 * 1024 * 1024 + 1)
        return Response(200, response.body + padding) if event.get("digit") == "0" else response


@breaks("session-end-action")
class LastWords(Bot):
    def answer(self, event: dict[str, Any]) -> Actions:
        ended = event["type"] == "session_end"
        return self.speak(event, "Goodbye!") if ended else super().answer(event)


@breaks("speak-content")
class TextAndSsml(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", text=text, ssml="<speak>Hello</speak>")


@breaks("ssml")
class UnclosedSsml(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        starts = event["type"] == "session_start"
        return self.action(event, "speak", ssml="<speak>Hello") if starts else super().speak(event, text)


@breaks("transfer-fields")
class TransferOfTwoFields(Bot):
    def transfer(self, event: dict[str, Any]) -> dict[str, Any]:
        action = super().transfer(event)
        del action["caller_id_name"]
        return action


@breaks("barge-in-range")
class NoCharacters(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", text=text, barge_in={"minimum_characters": 0})


@breaks("action-fields")
class TimeoutAsText(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", text=text, user_input_timeout_seconds="8")


def _wav(rate: int) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(rate // 5))
    return base64.b64encode(file.getvalue()).decode()


@breaks("audio-format")
class CompactDisc(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "audio", audio=_wav(44_100))


@breaks("audio-8khz")
class Telephone(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "audio", audio=_wav(8000))


@breaks("slow-answer")
class ThinksAboutHash(Bot):
    def answer(self, event: dict[str, Any]) -> Actions:
        if event.get("digit") == "#":
            time.sleep(1.05)
        return super().answer(event)


@breaks("target-e164")
class LocalNumber(Bot):
    def transfer(self, event: dict[str, Any]) -> dict[str, Any]:
        return super().transfer(event) | {"target_phone_number": "030 23125777"}


@breaks("unknown-field")
class MisspelsAField(Bot):
    def speak(self, event: dict[str, Any], text: str) -> Actions:
        return self.action(event, "speak", text=text, user_input_timeout=8)


@breaks("blank-answer")
class EmptyObject(Bot):
    def respond(self, event: dict[str, Any], actions: Actions) -> Response:
        return Response(200, b"{}") if actions is None else super().respond(event, actions)


@breaks("cut-off-speak")
class GoodbyeAndHangup(Bot):
    def reply(self, event: dict[str, Any], text: str) -> Actions:
        if "bye" in text.lower():
            return [self.action(event, "speak", text="Goodbye!"), self.action(event, "hangup")]
        return super().reply(event, text)


# -- security ----------------------------------------------------------------------------------------


@breaks("debug-console")
class Console(Bot):
    def receive(self, request: Request) -> Response:
        page = b"<h1>Interactive Console</h1> In this console you can execute Python expressions"
        return Response(200, page) if request.path == "/console" else super().receive(request)


@breaks("secret-leak")
class Helpful(Bot):
    def receive(self, request: Request) -> Response:
        response = super().receive(request)
        if response.status != 401:
            return response
        return Response(401, json.dumps({"error": "wrong token", "expected": self.secret}).encode())


@breaks("stack-trace")
class ShowsTraces(Bot):
    def refuse(self, error: BadRequest) -> Response:
        return Response(400, "".join(traceback.format_exception(error)).encode())
