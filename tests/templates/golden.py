"""The golden requests: what every bot, in whatever language, has to answer (README of the templates, protocol.md 1-4).

`guarded` cases go to a bot that has a secret and a number to transfer to, all others to one that has neither.
"""

import json
from dataclasses import dataclass, field

from .bots import SECRET, TRANSFER_NUMBER, Headers

MAX_BODY = 1_048_576
SESSION = {
    "id": "2f1d7c0e-6a53-4c43-9a53-0f6f5f6c1d11",
    "account_id": "account-1",
    "phone_number": "+4930111111",
    "direction": "inbound",
    "from_phone_number": "+4917012345678",
    "to_phone_number": "+4930222222",
}
TOKEN = {"X-API-TOKEN": SECRET.encode()}


@dataclass(frozen=True)
class Case:
    """One request and its answer: `answer` is the JSON body, None an empty one."""

    name: str
    body: bytes | None
    status: int
    answer: object = None
    method: str = "POST"
    path: str = "/webhook"
    headers: Headers = field(default_factory=dict)
    chunked: bool = False
    guarded: bool = False
    allow: str | None = None


def event(type_: str, *, session: object = SESSION, **fields: object) -> bytes:
    """One event as the service would send it."""
    return json.dumps({"type": type_, "session": session, **fields}, ensure_ascii=False).encode()


def speak(text: str, *, session_id: str = SESSION["id"]) -> dict[str, str]:
    """The action that says `text`."""
    return {"type": "speak", "session_id": session_id, "text": text}


def greeting(*, session_id: str = SESSION["id"]) -> dict[str, object]:
    """The action that greets a caller, and waits for an answer."""
    return {**speak("Hello! How can I help you today?", session_id=session_id), "user_input_timeout_seconds": 8}


def error(message: str) -> dict[str, str]:
    """The body of a refusal."""
    return {"error": message}


def _said(name: str, text: str, answer: object, **options: object) -> Case:
    status = 204 if answer is None else 200
    return Case(name, event("user_speak", text=text), status, answer, **options)  # type: ignore[arg-type]


def _transfer(caller_id: str, session_id: str = SESSION["id"]) -> dict[str, str]:
    return {
        "type": "transfer",
        "session_id": session_id,
        "target_phone_number": TRANSFER_NUMBER,
        "caller_id_name": "Voice bot",
        "caller_id_number": caller_id,
    }


HANGUP = {"type": "hangup", "session_id": SESSION["id"]}
HELLO = event("user_speak", text="hello")
YOU_SAID_HELLO = speak("You said: hello")
HELLO_OF_1_MIB = HELLO + b" " * (MAX_BODY - len(HELLO))

EVENTS = [
    Case("session_start", event("session_start"), 200, greeting()),
    Case("user_speech_started", event("user_speech_started"), 204),
    Case("user_barge_in", event("user_barge_in", text="bye"), 204),
    Case("user_input_timeout", event("user_input_timeout"), 200, speak("Are you still there?")),
    Case("assistant_speak", event("assistant_speak", text="Hi", duration_ms=900, speech_started_at=1.7e12), 204),
    Case("assistant_speak without voice data", event("assistant_speak"), 204),
    Case("assistant_speech_ended", event("assistant_speech_ended"), 204),
    Case("session_end", event("session_end", reason="user_hangup", timestamp=1.7e12), 204),
    Case("unknown event", event("user_blinked", eye="left"), 204),
    Case("event named like a method", event("constructor"), 204),
    Case("event named like a private attribute", event("__proto__"), 204),
    Case("event type in capitals", event("USER_SPEAK", text="hello"), 204),
]
SPEECH = [
    _said("echo", "hello", YOU_SAID_HELLO),
    _said("echo keeps case and spaces", "  Hello  World ", speak("You said:   Hello  World ")),
    _said("umlauts", "Größe ÄÖÜ ẞ", speak("You said: Größe ÄÖÜ ẞ")),
    _said("emoji", "👋🏽👨‍👩‍👧", speak("You said: 👋🏽👨‍👩‍👧")),
    _said("right to left", "مرحبا", speak("You said: مرحبا")),
    _said("Turkish capital I", "İYİ GÜNLER", speak("You said: İYİ GÜNLER")),
    _said("markup", "<b>&\"'\\\u2028", speak("You said: <b>&\"'\\\u2028")),
    _said("control characters", "a\u0000b\tc\r\nd\u007f", speak("You said: a\u0000b\tc\r\nd\u007f")),
    _said("format strings", "%s %d {} ${x} #{x} @@project@@", speak("You said: %s %d {} ${x} #{x} @@project@@")),
    _said("long text", "ab" * 50_000, speak("You said: " + "ab" * 50_000)),
    _said("blank", " \t\r\n", None),
    _said("blank in Unicode", "\u00a0\u2003\u3000", None),
    _said("empty text", "", None),
    _said("bye", "bye", HANGUP),
    _said("goodbye in capitals", "Well, GOODBYE then", HANGUP),
    _said("bye inside a word", "kilobyes", HANGUP),
    _said("bye before transfer", "transfer me, bye", HANGUP, guarded=True, headers=TOKEN),
    _said("transfer without a number", "Transfer me", speak("You said: Transfer me")),
    _said("agent without a number", "an agent", speak("You said: an agent")),
    _said("transfer", "please TRANSFER me", _transfer("+4930111111"), guarded=True, headers=TOKEN),
    _said("agent", "Agent!", _transfer("+4930111111"), guarded=True, headers=TOKEN),
    Case("barged in", event("user_speak", text="hello", barged_in=True, timestamp=1), 200, YOU_SAID_HELLO),
    Case("transcript", event("user_speak", transcript="hello"), 200, YOU_SAID_HELLO),
    Case("text before transcript", event("user_speak", transcript="bye", text="hello"), 200, YOU_SAID_HELLO),
    Case("transcript for no text", event("user_speak", transcript="hello", text=None), 200, YOU_SAID_HELLO),
    Case("no text", event("user_speak"), 400, error("user_speak has no text")),
    Case("text is a number", event("user_speak", text=7), 400, error("user_speak has no text")),
    Case("text is an object", event("user_speak", text={"a": "b"}), 400, error("user_speak has no text")),
]
CALLER_IDS: list[tuple[str, dict[str, object], str]] = [
    ("the number called", {"to_phone_number": "+492"}, "+492"),
    ("the flow's number first", {"phone_number": "+491", "to_phone_number": "+492"}, "+491"),
    ("no empty number", {"phone_number": "", "to_phone_number": "+492"}, "+492"),
    ("no number that is not text", {"phone_number": 7, "to_phone_number": None}, TRANSFER_NUMBER),
    ("the target for a short session", {}, TRANSFER_NUMBER),
]
TRANSFERS = [
    Case(
        f"transfer shows {name}",
        event("user_speak", text="transfer", session={"id": "s", **numbers}),
        200,
        _transfer(shown, "s"),
        guarded=True,
        headers=TOKEN,
    )
    for name, numbers, shown in CALLER_IDS
]
BAD_DIGITS: list[object] = ["A", "", "12", "1\n", " 1", "٣", 1, None, True, ["1"]]
DIGITS = [
    *(Case(f"digit {digit}", event("dtmf_received", digit=digit), 200, speak(f"You pressed {digit}."))
      for digit in "0123456789*#"),
    *(Case(f"bad digit {digit!r}", event("dtmf_received", digit=digit), 400, error("dtmf_received has no valid digit"))
      for digit in BAD_DIGITS),
    Case("no digit", event("dtmf_received"), 400, error("dtmf_received has no valid digit")),
]  # fmt: skip
SESSIONS = [
    Case("short session", event("session_start", session={"id": "x"}), 200,
         greeting(session_id="x")),
    Case("session id in Unicode", event("user_speak", text="hello", session={"id": "ключ-🔑"}), 200,
         speak("You said: hello", session_id="ключ-🔑")),
    Case("unknown fields", event("user_speak", text="hello", confidence=0.5, session={**SESSION, "new": [1]}), 200,
         YOU_SAID_HELLO),
    *(Case(f"session {session!r}", event("session_start", session=session), 400, error("event has no session.id"))
      for session in (None, "id", 7, [], ["id"], {}, {"id": ""}, {"id": None}, {"id": 7}, {"ID": "x"})),
    Case("no session", b'{"type": "session_start"}', 400, error("event has no session.id")),
    Case("unknown event without a session", b'{"type": "new"}', 400, error("event has no session.id")),
]  # fmt: skip
NOT_JSON = error("body is not JSON")
NOT_AN_OBJECT = error("body is not a JSON object")
NO_TYPE = error("event has no type")
BODIES = [
    *(Case(name, body, 400, NOT_JSON) for name, body in [
        ("no body", None),
        ("empty body", b""),
        ("blank body", b" \n"),
        ("broken JSON", b'{"type": "session_start"'),
        ("two documents", HELLO + HELLO),
        ("trailing comma", b'{"type": "session_start", "session": {"id": "x"},}'),
        ("single quotes", b"{'type': 'session_start'}"),
        ("not a number", b'{"type": "new", "session": {"id": "x"}, "value": NaN}'),
        ("a form", b"type=session_start&session[id]=x"),
        ("not UTF-8", b'{"type": "user_speak", "text": "\xff\xfe", "session": {"id": "x"}}'),
        ("Latin-1", '{"type": "user_speak", "text": "Grüße", "session": {"id": "x"}}'.encode("latin-1")),
        ("UTF-16", HELLO.decode().encode("utf-16")),
        ("byte order mark", b"\xef\xbb\xbf" + HELLO),
    ]),
    *(Case(f"JSON {body.decode()}", body, 400, NOT_AN_OBJECT)
      for body in (b"[]", b"null", b'"text"', b"7", b"true", b"[" + HELLO + b"]")),
    *(Case(f"type of {body.decode()}", body, 400, NO_TYPE) for body in (
        b"{}", b'{"type": ""}', b'{"type": null}', b'{"type": 7}', b'{"type": ["user_speak"]}',
        b'{"TYPE": "session_start", "session": {"id": "x"}}')),
    Case("surrounding blanks", b"\r\n " + HELLO + b"\n", 200, YOU_SAID_HELLO),
    Case("escaped emoji", json.dumps(json.loads(event("user_speak", text="👋"))).encode(), 200, speak("You said: 👋")),
    Case("a key twice", b'{"type": "new", "session": {"id": "x"}, "type": "session_start"}', 200,
         greeting(session_id="x")),
    Case("number beyond a double", b'{"type": "new", "session": {"id": "x"}, "value": 1e999}', 204),
    Case("deep", b'{"type": "new", "session": {"id": "x"}, "value": ' + b"[" * 90 + b"]" * 90 + b"}", 204),
]  # fmt: skip
CONTENT_TYPES = [
    Case(f"content type {value}", HELLO, 200, YOU_SAID_HELLO, headers={"Content-Type": value})
    for value in (
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.new+json",
        "text/plain; charset=iso-8859-1",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "nonsense",
    )
]
SIZES = [
    Case("exactly 1 MiB", HELLO_OF_1_MIB, 200, YOU_SAID_HELLO),
    Case("exactly 1 MiB in chunks", HELLO_OF_1_MIB, 200, YOU_SAID_HELLO, chunked=True),
    Case("chunks", HELLO, 200, YOU_SAID_HELLO, chunked=True),
    Case("over 1 MiB", HELLO_OF_1_MIB + b" ", 413, error("body is larger than 1 MiB")),
    Case("over 1 MiB in chunks", HELLO_OF_1_MIB + b" ", 413, error("body is larger than 1 MiB"), chunked=True),
    Case("over 1 MiB and no JSON", b"x" * (MAX_BODY + 1), 413, error("body is larger than 1 MiB")),
]
PATHS = [
    *(Case(f"path {path}", HELLO, 404, error("not found"), path=path)
      for path in ("/", "/webhook/", "/Webhook", "/webhook/x", "/webhooks", "/x//webhook", "/x/../webhook")),
    Case("GET of another path", None, 404, error("not found"), method="GET", path="/favicon.ico"),
    Case("HEAD of another path", None, 404, method="HEAD", path="/"),
    Case("other path without the secret", HELLO, 404, error("not found"), path="/", guarded=True),
    Case("query", HELLO, 200, YOU_SAID_HELLO, path="/webhook?from=test&x[]=1&x[a]=2"),
    Case("broken query", HELLO, 200, YOU_SAID_HELLO, path="/webhook?%zz=%"),
]  # fmt: skip
METHODS = [
    *(Case(f"method {method}", body, 405, error("method not allowed"), method=method, allow="POST")
      for method, body in (("GET", None), ("PUT", HELLO), ("PATCH", HELLO), ("DELETE", None), ("OPTIONS", None))),
    Case("method HEAD", None, 405, method="HEAD", allow="POST"),
    Case("GET without the secret", None, 405, error("method not allowed"), method="GET", allow="POST", guarded=True),
]  # fmt: skip
WRONG_SECRET = error("missing or wrong X-API-TOKEN")
WRONG_SECRETS: list[tuple[str, bytes, Headers]] = [
    ("no", HELLO, {}),
    ("empty", HELLO, {"X-API-TOKEN": ""}),
    ("wrong", HELLO, {"X-API-TOKEN": "wrong"}),
    ("cut", HELLO, {"X-API-TOKEN": SECRET.encode()[:-1]}),
    ("longer", HELLO, {"X-API-TOKEN": SECRET.encode() + b"x"}),
    ("Latin-1", HELLO, {"X-API-TOKEN": SECRET.encode("latin-1")}),
    ("shouted", HELLO, {"X-API-TOKEN": SECRET.upper().encode()}),
    ("bearer", HELLO, {"Authorization": b"Bearer " + SECRET.encode()}),
    ("wrong, with broken JSON,", b"{", {"X-API-TOKEN": "wrong"}),
    ("wrong, with a big body,", HELLO_OF_1_MIB + b" ", {"X-API-TOKEN": "wrong"}),
]  # fmt: skip
SECRETS = [
    Case("right secret", HELLO, 200, YOU_SAID_HELLO, guarded=True, headers=TOKEN),
    Case("right secret, header in capitals", HELLO, 200, YOU_SAID_HELLO, guarded=True,
         headers={"x-api-token": SECRET.encode()}),
    Case("a secret where none is set", HELLO, 200, YOU_SAID_HELLO, headers={"X-API-TOKEN": "any"}),
    *(Case(f"{name} secret", body, 401, WRONG_SECRET, guarded=True, headers=headers)
      for name, body, headers in WRONG_SECRETS),
]  # fmt: skip
HEALTH = [
    Case("health", None, 200, {"status": "ok"}, method="GET", path="/health"),
    Case("health with a query", None, 200, {"status": "ok"}, method="GET", path="/health?x=1"),
    Case("health needs no secret", None, 200, {"status": "ok"}, method="GET", path="/health", guarded=True),
    Case("HEAD of health", None, 200, method="HEAD", path="/health"),
    Case("POST to health", HELLO, 405, error("method not allowed"), path="/health", allow="GET, HEAD"),
]

CASES = [
    *EVENTS, *SPEECH, *TRANSFERS, *DIGITS, *SESSIONS, *BODIES, *CONTENT_TYPES, *SIZES, *PATHS, *METHODS, *SECRETS,
    *HEALTH,
]  # fmt: skip
