"""``aiflow send-event``: one event to the webhook, as the service would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiflow_cli.commands import command_app
from aiflow_cli.commands.advice import path_hint, secret_hint
from aiflow_cli.commands.options import SecretOption
from aiflow_cli.context import World
from aiflow_cli.errors import CheckFailed, ExitCode, UsageError, closest
from aiflow_cli.parser import one_of

if TYPE_CHECKING:
    from aiflow_cli.recording.exchange import Exchange

_TYPES = "aiflow_cli.protocol.samples:EVENT_TYPES"

app = command_app()

EPILOG = """\b
Examples:
  aiflow send-event session_start
  aiflow send-event user_speak --text "hello"
  aiflow send-event dtmf_received --digit 5 --json
  aiflow send-event user_speak --set session.account_id=42 --repeat 20
  echo '{"type": "custom", "session": {"id": "1"}}' | aiflow send-event --data -
"""


@app.command(epilog=EPILOG)
def send_event(
    ctx: typer.Context,
    type: Annotated[
        str | None,
        typer.Argument(metavar="[TYPE]", help="Event type, for example user_speak.", autocompletion=one_of(_TYPES)),
    ] = None,
    text: Annotated[str | None, typer.Option(help="What the caller said.")] = None,
    digit: Annotated[str | None, typer.Option(metavar="KEY", help="The key pressed: 0-9, * or #.")] = None,
    set: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a field.")] = None,
    data: Annotated[str | None, typer.Option(metavar="@FILE|-|JSON", help="The whole event as JSON.")] = None,
    session_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Id of the call; fresh for each event if not given.")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Webhook URL; else the one of aiflow.toml.")] = None,
    secret: SecretOption = None,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Seconds to wait for the answer; 0 waits for ever.")
    ] = 5,
    repeat: Annotated[int, typer.Option(min=1, help="Send it so many times and sum up the latencies.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on any finding, not on errors alone.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the exchange as JSON, a line each.")] = False,
    curl: Annotated[bool, typer.Option("--curl", help="Print the equivalent curl command; send nothing.")] = False,
) -> None:
    """Send one event to the webhook and judge the answer."""
    world: World = ctx.obj
    event = _build(world, type, text=text, digit=digit, changes=set or (), data=data, session_id=session_id)
    target = _target(world, url)
    secret = secret or world.settings["webhook.secret"] or None
    world.hide(secret)
    if curl:
        from aiflow_cli.render.curl import curl_command

        shown = world.redactor().value(event)
        return world.console.out(curl_command(shown, target, with_secret=secret is not None))
    keep_session = session_id is not None or data is not None
    exchanges = _send(
        world, event, target, secret, timeout or None, repeat=repeat, keep_session=keep_session, json=json
    )
    _finish(exchanges, strict=strict, with_secret=secret is not None)


def _target(world: World, url: str | None) -> str:
    from aiflow_cli.config.webhook import HTTP, check_url

    return check_url(url or world.settings["webhook.url"], schemes=HTTP)


def _build(
    world: World,
    kind: str | None,
    *,
    text: str | None,
    digit: str | None,
    changes: list[str] | tuple[str, ...],
    data: str | None,
    session_id: str | None,
) -> dict[str, Any]:
    """The event that the options describe; raises UsageError."""
    from aiflow_cli.protocol.edit import set_path

    event = _given(world, data, kind) if data is not None else _sample(world, kind)
    for field, value in (("text", text), ("digit", digit)):
        if value is not None:
            if field not in event:
                raise UsageError(f"--{field}: the event {event.get('type')} has no {field}", hint=_fields_hint(field))
            event[field] = value
    if session_id is not None:
        session = event.setdefault("session", {})
        if not isinstance(session, dict):
            raise UsageError("--session-id: the event's session is no object", hint="leave one of them out")
        session["id"] = session_id
    for change in changes:
        event = set_path(event, change)
    if data is None:
        _check(event)
    return event


def _fields_hint(field: str) -> str:
    return {"text": "send user_speak to say something", "digit": "send dtmf_received to press a key"}[field]


def _sample(world: World, kind: str | None) -> dict[str, Any]:
    from uuid import uuid4

    from aiflow_cli.protocol.samples import EVENT_TYPES, sample_event

    if kind is None:
        raise UsageError("which event? TYPE is missing", hint=f"one of: {', '.join(EVENT_TYPES)}")
    if kind not in EVENT_TYPES:
        close = closest(kind, EVENT_TYPES)
        known = f"did you mean {close}?" if close else f"known types: {', '.join(EVENT_TYPES)}"
        raise UsageError(f"the protocol has no event type {kind}", hint=f"{known} (--data sends any JSON)")
    return sample_event(kind, str(uuid4()), now_ms=round(world.clock.now() * 1000))


def _given(world: World, data: str, kind: str | None) -> dict[str, Any]:
    from aiflow_cli.protocol.codec import load_json

    try:
        event = load_json(_read(world, data))
    except ValueError as error:
        raise UsageError(f"--data is not JSON: {error}", hint="give a JSON object, @FILE or - for stdin") from None
    if not isinstance(event, dict):
        raise UsageError("--data is not a JSON object", hint='an event looks like {"type": "...", "session": {...}}')
    return event if kind is None else {**event, "type": kind}


def _read(world: World, data: str) -> str | bytes:
    if data == "-":
        return world.console.read_all()
    if not data.startswith("@"):
        return data
    try:
        return (world.cwd / data[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"--data {data} cannot be read: {error.strerror}", hint="check the file's name") from None


def _check(event: dict[str, Any]) -> None:
    """What we make up ourselves must be what the service would send."""
    from aiflow_cli.protocol.codec import ProtocolError, read_event

    try:
        read_event(event)
    except ProtocolError as error:
        raise UsageError(f"the service would not send this: {error}", hint="--data sends any JSON as it is") from None


def _send(
    world: World,
    event: dict[str, Any],
    url: str,
    secret: str | None,
    timeout: float | None,
    *,
    repeat: int,
    keep_session: bool,
    json: bool,
) -> list[Exchange]:
    """Deliver the event, store each exchange, and only then show it."""
    from aiflow_cli.clock import rfc3339
    from aiflow_cli.recording.exchange import LOCAL_FLOW, observe
    from aiflow_cli.transports.http import HttpWebhook

    flow = world.settings["dashboard.flow"] or LOCAL_FLOW
    exchanges: list[Exchange] = []
    with world.open_store(secret) as store, HttpWebhook(url, secret=secret, timeout=timeout) as webhook:
        for _ in range(repeat):
            if exchanges and not keep_session:
                event = _with_fresh_session(event)
            at = rfc3339(world.clock.now())
            exchange = observe(event, webhook.deliver(event), flow_id=flow, at=at, source="send-event", url=url)
            exchanges.append(store.append(exchange))
            if json or repeat == 1:
                _show(world, exchanges[-1], json=json)
    if repeat > 1:
        _sum_up(world, exchanges, json=json)
    return exchanges


def _with_fresh_session(event: dict[str, Any]) -> dict[str, Any]:
    from uuid import uuid4

    return {**event, "session": {**event["session"], "id": str(uuid4())}}


def _show(world: World, exchange: Exchange, *, json: bool) -> None:
    from aiflow_cli.render import exchanges as render

    console = world.console
    if json:
        console.out(exchange.to_json())
    else:
        console.out(render.answer(exchange, console.style))


def _sum_up(world: World, exchanges: list[Exchange], *, json: bool) -> None:
    from aiflow_cli.render import exchanges as render

    durations = [exchange.duration_ms for exchange in exchanges if exchange.duration_ms is not None]
    failed = sum(exchange.failed for exchange in exchanges)
    if json:
        latencies = {f"{name}Ms": value for name, value in render.summary(durations).items()} if durations else {}
        return world.console.json({"sent": len(exchanges), "failed": failed, **latencies})
    world.console.out(f"{len(exchanges)} sent, {failed} failed")
    if durations:
        world.console.out(render.latencies(durations))
    worst = next((exchange for exchange in exchanges if exchange.failed), None)
    if worst is not None:
        world.console.out(f"\nthe first that failed:\n{render.answer(worst, world.console.style)}")


def _finish(exchanges: list[Exchange], *, strict: bool, with_secret: bool) -> None:
    """Turn what was found into the exit code; the findings were shown already."""
    if any(exchange.outcome in ("connection-error", "timeout") for exchange in exchanges):
        raise _no_answer(next(e for e in exchanges if e.outcome in ("connection-error", "timeout")))
    if any(exchange.status in (401, 403) for exchange in exchanges):
        raise CheckFailed("the webhook refused the secret", hint=secret_hint(with_secret))
    if any(exchange.status in (404, 405) for exchange in exchanges):
        raise CheckFailed("the webhook has no such path, or takes no POST there", hint=path_hint(exchanges[0].url))
    failing = ("error", "warning", "note") if strict else ("error",)
    if any(finding.severity in failing for exchange in exchanges for finding in exchange.problems):
        raise CheckFailed


def _no_answer(exchange: Exchange) -> CheckFailed:
    message = exchange.problems[0].message if exchange.problems else "no answer came"
    if exchange.outcome == "timeout":
        error = CheckFailed(message, hint="a debugger needs --timeout 0; a caller waits 1 s")
    else:
        error = CheckFailed(message, hint="start the bot first (its README says how), or name another one with --url")
    error.exit_code = ExitCode.NETWORK
    return error
