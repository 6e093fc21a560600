"""Finding the ngrok agent, its authtoken and its settings."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiflow_cli.errors import ConfigError

_WRAPPER_MARK = b"pyngrok"
"""pyngrok installs a script called ``ngrok`` of its own, which downloads an agent when it is started."""

_CARRIED_OVER = (
    "proxy_url",
    "root_cas",
    "connect_cas",
    "connect_url",
    "server_addr",
    "dns_resolver_ips",
    "crl_noverify",
    "heartbeat_interval",
    "heartbeat_tolerance",
)
"""What ngrok's own config says about the way to the service; everything else of it would be about other tunnels."""


@dataclass(frozen=True, slots=True)
class OwnConfig:
    """What is read of ngrok's own config file.

    Args:
        authtoken: the token there.
        agent: settings to carry over.
    """

    authtoken: str | None = None
    agent: Mapping[str, Any] = field(default_factory=dict)


def find_agent(environ: Mapping[str, str], *, default: Path) -> Path | None:
    """The agent on PATH, else where pyngrok keeps the one that it downloaded.

    Args:
        environ: its PATH is searched; pyngrok never does that.
        default: pyngrok's place.
    """
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("ngrok", path=folder) if folder else None
        if found is not None and not _is_wrapper(Path(found)):
            return Path(found)
    return default if default.is_file() else None


def _is_wrapper(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError:
        return True
    return start.startswith(b"#!") and _WRAPPER_MARK in start


def read_own_config(environ: Mapping[str, str]) -> OwnConfig:
    """ngrok's own config, where there is one: version 3 (``agent:``) or 2 (flat).

    Raises:
        ConfigError: it is there and cannot be read.
    """
    import yaml

    path = next((place for place in _places(environ) if place.is_file()), None)
    if path is None:
        return OwnConfig()
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"ngrok's own config {path} cannot be read: {_first_line(error)}") from None
    if not isinstance(data, dict):
        return OwnConfig()
    agent = data["agent"] if isinstance(data.get("agent"), dict) else data
    token = agent.get("authtoken")
    carried = {name: agent[name] for name in _CARRIED_OVER if name in agent}
    return OwnConfig(token if isinstance(token, str) and token else None, carried)


def _places(environ: Mapping[str, str]) -> list[Path]:
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    xdg = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home / ".config"
    return [
        xdg / "ngrok/ngrok.yml",
        home / "Library/Application Support/ngrok/ngrok.yml",
        home / ".ngrok2/ngrok.yml",
    ]


def write_config(path: Path, agent: Mapping[str, Any]) -> None:
    """Our own config for the agent. The token is not in it: it goes by the environment."""
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    settings = {**agent, "update_check": False, "console_ui": False}
    # JSON is YAML; the agent reads both.
    _write(path, json.dumps({"version": "3", "agent": settings}, indent=1), mode=0o600)


def write_starter(path: Path, agent: Path, *, stderr: Path) -> None:
    """A script that becomes the agent. pyngrok would let the agent share our terminal, input and all; an
    agent that outlives us would go on holding it."""
    words = f'{shlex.quote(str(agent))} "$@" </dev/null 2>{shlex.quote(str(stderr))}'
    _write(path, f"#!/bin/sh\nexec {words}\n", mode=0o700)


def _write(path: Path, text: str, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
