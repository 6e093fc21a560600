"""``aiflow tunnel``'s options, turned into a way to a public URL and a bot that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from aiflow_cli.context import World
from aiflow_cli.errors import UsageError, closest

if TYPE_CHECKING:
    from aiflow_cli.recorder.target import Target
    from aiflow_cli.tunnels.base import Provider

NAMES = ("ngrok", "cloudflared", "ssh", "command", "public-url", "loopback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The options of the same names; ``pattern`` is ``--url-pattern``."""

    name: str | None
    domain: str | None
    region: str | None
    command: str | None
    pattern: str | None
    public_url: str | None
    download: bool
    start_timeout: float


def make(world: World, choice: Choice, *, port: int) -> Provider:
    """The provider that is meant: named, or the one whose option is given, or the setting's.

    Raises:
        UsageError: options that do not go together.
    """
    name = choice.name or _implied(choice) or world.settings["tunnel.provider"]
    if name not in NAMES:
        close = closest(name, NAMES)
        raise UsageError(
            f"there is no tunnel provider {name}",
            hint=f"did you mean {close}?" if close else f"one of: {', '.join(NAMES)}",
        )
    _check(name, choice)
    if name == "ngrok":
        return _ngrok(world, choice)
    if name == "public-url":
        return _public_url(choice, port)
    if name == "loopback":
        from aiflow_cli.tunnels.simple import Loopback

        return Loopback()
    return _command(world, name, choice)


def _implied(choice: Choice) -> str | None:
    if choice.command is not None:
        return "command"
    return "public-url" if choice.public_url is not None else None


def _check(name: str, choice: Choice) -> None:
    """An option that would be ignored is an error."""
    belongs = {
        "--domain": (choice.domain, ("ngrok",)),
        "--region": (choice.region, ("ngrok",)),
        "--download": (choice.download or None, ("ngrok",)),
        "--command": (choice.command, ("command",)),
        "--url-pattern": (choice.pattern, ("command",)),
        "--public-url": (choice.public_url, ("command", "public-url")),
    }
    for flag, (value, names) in belongs.items():
        if value is not None and name not in names:
            raise UsageError(f"{flag} means nothing to the provider {name}", hint=f"--provider {names[0]} knows it")


def _ngrok(world: World, choice: Choice) -> Provider:
    from aiflow_cli.config.files import user_data_dir
    from aiflow_cli.tunnels.ngrok import Ngrok

    def confirm() -> bool:
        if choice.download:
            return True
        if not world.console.is_interactive:
            return False
        question = "the ngrok agent is not installed; download it from ngrok?"
        return world.console.ask(question, flag="--download", choices=("yes", "no")) == "yes"

    token = world.settings["tunnel.ngrok_authtoken"] or None
    world.hide(token)
    return Ngrok(
        environ=world.environ,
        authtoken=token,
        config_path=user_data_dir(world.environ) / "ngrok" / "ngrok.yml",
        domain=choice.domain,
        region=choice.region,
        confirm=confirm,
        start_seconds=choice.start_timeout,
        notify=lambda sentence: world.console.say(world.without_secrets(sentence)),
    )


def _public_url(choice: Choice, port: int) -> Provider:
    from aiflow_cli.tunnels.simple import PublicUrl

    if choice.public_url is None:
        raise UsageError("--public-url is missing: which URL leads here?", hint="for example https://bot.example")
    if not port:
        raise UsageError("--public-url needs --port: where does that URL lead?", hint="for example --port 4040")
    return PublicUrl(choice.public_url)


def _command(world: World, name: str, choice: Choice) -> Provider:
    from aiflow_cli.tunnels.command import PRESETS, Command, recipe_from

    if name in PRESETS:
        recipe = PRESETS[name]
    elif choice.command is None:
        raise UsageError("--command is missing: which program?", hint="for example --command 'my-tunnel {port}'")
    else:
        recipe = recipe_from(choice.command, pattern=choice.pattern, public_url=choice.public_url)
    notify = lambda sentence: world.console.say(world.without_secrets(sentence))  # noqa: E731
    return Command(name, recipe, notify=notify, open_seconds=choice.start_timeout)


def target(world: World, given: str | None) -> Target:
    """The bot: a port of this machine, a URL, or the setting's URL.

    Raises:
        UsageError: it is none of these.
    """
    from aiflow_cli.config.webhook import check_url
    from aiflow_cli.recorder.target import Target

    url = world.settings["webhook.url"]
    if given is not None and given.isdigit():
        if not 0 < int(given) < 65536:
            raise UsageError(f"{given} is no port", hint="a port is 1 to 65535")
        parts = urlsplit(check_url(url))
        url = urlunsplit((parts.scheme, f"127.0.0.1:{given}", parts.path, parts.query, ""))
    elif given is not None:
        url = given
    return Target.parse(check_url(url))


def check_app(world: World, bot: Target) -> None:
    """Say so where nothing listens yet; the tunnel opens all the same."""
    import socket

    for host in bot.hosts:
        try:
            socket.create_connection((host, bot.port), timeout=2).close()
        except OSError:
            continue
        return
    world.console.say(f"nothing listens at {bot.url} yet: start the bot; events get 502 until then")
