"""Finding and reading the files that hold settings: aiflow.toml, .env, the user's config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiflow_cli.config.settings import Layer, Settings, from_toml, from_variables
from aiflow_cli.errors import ConfigError

PROJECT_FILE = "aiflow.toml"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class Project:
    """The folder with aiflow.toml that a command works in."""

    root: Path


def find_project(cwd: Path) -> Project | None:
    """The nearest folder with an aiflow.toml, from ``cwd`` upwards."""
    for folder in (cwd, *cwd.parents):
        if (folder / PROJECT_FILE).is_file():
            return Project(folder)
    return None


def load_settings(project: Project | None, environ: Mapping[str, str]) -> Settings:
    """Environment > .env > aiflow.toml > the user's config > defaults.

    Raises:
        ConfigError: a file cannot be read, is not TOML, or has an unknown key.
    """
    layers = [from_variables(environ, "environment")]
    if project is not None:
        layers.append(from_variables(read_dotenv(project.root / ".env"), str(project.root / ".env")))
        layers.append(_toml_layer(project.root / PROJECT_FILE))
    layers.append(_toml_layer(user_config_path(environ)))
    return Settings(layers)


def user_config_path(environ: Mapping[str, str]) -> Path:
    """``$XDG_CONFIG_HOME/aiflow/config.toml``."""
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def user_data_dir(environ: Mapping[str, str]) -> Path:
    """``$XDG_DATA_HOME/aiflow``: the exchange log outside a project, leases."""
    return _xdg(environ, "XDG_DATA_HOME", ".local/share")


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    base = environ.get(variable)
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (Path(base) if base else home / fallback) / "aiflow"


def store_path(project: Project | None, environ: Mapping[str, str], settings: Settings) -> Path:
    """``AIFLOW_STORE``, else ``.aiflow/aiflow.db`` beside aiflow.toml, else in the user's data folder."""
    if named := settings["store"]:
        return Path(named).expanduser()
    if project is not None:
        return project.root / ".aiflow" / "aiflow.db"
    return user_data_dir(environ) / "aiflow.db"


def read_dotenv(path: Path) -> dict[str, str]:
    """Plain ``KEY=value`` lines; ``#`` comments, ``export`` and matching quotes are understood, nothing is expanded.

    Raises:
        ConfigError: a line is none of these; the message names it by number, never by content.
    """
    values: dict[str, str] = {}
    for number, line in enumerate(_read(path).splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise ConfigError(f"{path}, line {number}: not KEY=value", hint="one KEY=value a line; # starts a comment")
        values[match[1]] = _unquoted(match[2].strip())
    return values


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text.partition(" #")[0].rstrip()


def _toml_layer(path: Path) -> Layer:
    text = _read(path)
    if not text:
        return Layer(str(path), {})
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint="see https://toml.io for the format") from None
    return from_toml(data, str(path))


def _read(path: Path) -> str:
    """The text of a file; nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
