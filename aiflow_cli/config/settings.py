"""The settings, as data: name, variable, default and meaning in one table.

The table feeds look-up, ``aiflow config``, the docs page and the near misses for unknown keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiflow_cli.errors import ConfigError, closest

Kind = Literal["text", "list"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Args:
        key: ``section.name`` in aiflow.toml and in the user's config.
        variable: environment variable, also read from ``.env``.
        default: where nobody says anything.
        help: one sentence for the docs and ``aiflow config list``.
        kind: ``text``, or ``list`` (of texts in TOML; split like a shell does in a variable).
        secret: never shown, never read from aiflow.toml (which is committed).
        filed: may be set in a file; the others are for the environment alone.
    """

    key: str
    variable: str
    default: str | tuple[str, ...]
    help: str
    kind: Kind = "text"
    secret: bool = False
    filed: bool = True


SETTINGS: tuple[Setting, ...] = (
    Setting("webhook.url", "AIFLOW_WEBHOOK_URL", "http://127.0.0.1:3000/webhook", "URL of the bot's webhook."),
    Setting("app.command", "AIFLOW_APP_COMMAND", (), "Command that starts the bot.", kind="list"),
    Setting("app.health", "AIFLOW_APP_HEALTH", "/health", "Path that answers 200 once the bot is up."),
    Setting("dashboard.url", "AIFLOW_DASHBOARD_URL", "local", "Dashboard: local, vendor, or a URL."),
    Setting("dashboard.flow", "AIFLOW_FLOW", "", "Id of the flow that commands mean."),
    Setting("tunnel.provider", "AIFLOW_TUNNEL_PROVIDER", "ngrok", "How a public URL is made."),
    Setting("calls.paths", "AIFLOW_CALLS_PATHS", ("calls",), "Where `aiflow test` looks for calls.", kind="list"),
    Setting("masks.patterns", "AIFLOW_MASKS_PATTERNS", (), "What `aiflow diff` takes for the same text.", kind="list"),
    Setting("masks.ignore", "AIFLOW_MASKS_IGNORE", (), "Action fields that `aiflow diff` leaves out.", kind="list"),
    Setting("webhook.secret", "AIFLOW_SECRET", "", "Secret sent as X-API-TOKEN.", secret=True, filed=False),
    Setting("dashboard.token", "AIFLOW_TOKEN", "", "Credential for the dashboard.", secret=True, filed=False),
    Setting("tunnel.ngrok_authtoken", "NGROK_AUTHTOKEN", "", "Authtoken of ngrok.", secret=True, filed=False),
    Setting("store", "AIFLOW_STORE", "", "File of the exchange log.", filed=False),
)
BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value, and where it came from (``AIFLOW_SECRET``, ``.env``, a file's path, ``default``)."""

    value: str | tuple[str, ...]
    source: str

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else " ".join(self.value)


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of values, by key."""

    source: str
    values: Mapping[str, str | tuple[str, ...]]


class Settings:
    """All settings, resolved over layers that come in order of precedence: environment first, defaults last."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._layers = tuple(layers)

    def find(self, key: str) -> Value:
        """The value that counts; an empty one counts as not set."""
        for layer in self._layers:
            if value := layer.values.get(key):
                return Value(value, layer.source)
        return Value(BY_KEY[key].default, "default")

    def __getitem__(self, key: str) -> str:
        return self.find(key).text

    def words(self, key: str) -> tuple[str, ...]:
        """A setting of kind ``list``."""
        value = self.find(key).value
        return (value,) if isinstance(value, str) else value

    def __iter__(self) -> Iterator[tuple[Setting, Value]]:
        return ((setting, self.find(setting.key)) for setting in SETTINGS)


def from_variables(environ: Mapping[str, str], source: str) -> Layer:
    """The layer of environment variables, or of a ``.env`` file."""
    found = {s.key: _from_text(s, environ[s.variable]) for s in SETTINGS if environ.get(s.variable)}
    return Layer(source, found)


def _from_text(setting: Setting, text: str) -> str | tuple[str, ...]:
    if setting.kind == "text":
        return text
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigError(f"{setting.variable} cannot be split into words: {error}", hint="check its quotes") from None


def from_toml(data: Mapping[str, Any], source: str) -> Layer:
    """The layer of a parsed TOML file.

    Raises:
        ConfigError: an unknown key (with a near miss), or a value of the wrong type.
    """
    values: dict[str, str | tuple[str, ...]] = {}
    for section, content in data.items():
        if not isinstance(content, Mapping):
            raise _unknown(section, source)
        for name, value in content.items():
            setting = BY_KEY.get(f"{section}.{name}")
            if setting is None or not setting.filed:
                raise _unknown(f"{section}.{name}", source)
            values[setting.key] = _typed(setting, value, source)
    return Layer(source, values)


def _typed(setting: Setting, value: object, source: str) -> str | tuple[str, ...]:
    if setting.kind == "text" and isinstance(value, str):
        return value
    if setting.kind == "list" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wanted = "a string" if setting.kind == "text" else "a list of strings"
    raise ConfigError(f"{source}: {setting.key} must be {wanted}, not {value!r}", hint=f"it is: {setting.help}")


def _unknown(key: str, source: str) -> ConfigError:
    known = BY_KEY.get(key)
    if known is not None:
        return ConfigError(
            f"{source}: {key} does not belong in this file, which is committed",
            hint=f"set the variable {known.variable} instead, in the environment or in .env",
        )
    names = [setting.key for setting in SETTINGS if setting.filed]
    close = closest(key, names)
    hint = f"did you mean {close}?" if close else f"known keys: {', '.join(names)}"
    return ConfigError(f"{source}: unknown key {key}", hint=hint)
