"""The files of a new project: template layers, their real names, and the words filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiflow_cli.errors import AiflowError
from aiflow_cli.scaffold.catalog import Template
from aiflow_cli.scaffold.transports import HTTP, Transport, words

ROOT = Path(__file__).parent / "templates"
DEFAULT_URL = "http://127.0.0.1:3000/webhook"
_PLACEHOLDER = re.compile(r"@@(\w+)@@")
_PRIVATE = frozenset({".env"})
_KEPT = frozenset({".env"})
_MERGED = frozenset({".gitignore", ".dockerignore"})


@dataclass(frozen=True, slots=True)
class File:
    """One file of a new project.

    Args:
        path: relative, with ``/``.
        mode: permission bits; the umask still applies.
        kept: one that exists is never touched, whatever it holds: it may be the only copy of a secret.
        merged: to one that exists, the lines that it lacks are added.
    """

    path: str
    content: bytes
    mode: int = 0o644
    kept: bool = False
    merged: bool = False


def project_files(
    template: Template, *, name: str, secret: str, transport: Transport = HTTP, root: Path = ROOT
) -> list[File]:
    """All files of a project, sorted by path."""
    values = _values(template, transport, name=name, secret=secret)
    layers = [root / "_common", root / template.name]
    if transport.name != template.transports[0]:
        layers.append(root / f"{template.name}+{transport.name}")
    return _files(layers, values)


def bare_files(*, secret: str, url: str = DEFAULT_URL, root: Path = ROOT) -> list[File]:
    """What ``aiflow`` itself needs beside a bot that exists already."""
    values = {"secret": secret, "webhook_url": _toml_text(url)}
    return _files([root / "_bare"], values)


def _values(template: Template, transport: Transport, *, name: str, secret: str) -> dict[str, str]:
    """The placeholders that a template's files may use."""
    return {
        "project": name,
        "secret": secret,
        "port": str(urlsplit(DEFAULT_URL).port),
        "webhook_url": DEFAULT_URL.replace("http", transport.scheme, 1),
        "template": template.name,
        "title": template.title,
        "language": template.language,
        "runtime": template.runtime,
        "command_toml": json.dumps(template.command),
        "start": template.start,
        "install": template.install,
        "test": template.test,
        "inside": template.inside,
        "main_file": template.main_file,
        "webhook_file": template.webhook_file,
        "bot_file": template.bot_file,
        **words(transport, template),
    }


def _toml_text(text: str) -> str:
    """Text as it stands between the quotes of a TOML string (JSON's escapes are TOML's)."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _files(layers: list[Path], values: Mapping[str, str]) -> list[File]:
    sources: dict[str, Path] = {}
    for layer in layers:
        sources.update(_walk(layer))
    return [_file(path, sources[path], values) for path in sorted(sources)]


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of one layer: its path in the project, its source."""
    if not folder.is_dir():
        raise AiflowError(f"the template {folder.name} is not part of this installation", hint="reinstall aiflow-cli")
    for source in folder.rglob("*"):
        relative = source.relative_to(folder)
        if source.is_file() and "__pycache__" not in relative.parts:
            yield "/".join(_real_name(part) for part in relative.parts), source


def _real_name(segment: str) -> str:
    """``dot_env`` -> ``.env``: under its real name git and the wheel would treat a template's file as their own."""
    return f".{segment.removeprefix('dot_')}" if segment.startswith("dot_") else segment


def _file(path: str, source: Path, values: Mapping[str, str]) -> File:
    content = fill_in(source.read_text(encoding="utf-8"), values, source=source.name).encode()
    return File(
        path,
        content,
        mode=0o600 if path in _PRIVATE else 0o644,
        kept=path in _KEPT,
        merged=path in _MERGED,
    )


def fill_in(text: str, values: Mapping[str, str], *, source: str) -> str:
    """Text with every ``@@name@@`` replaced, once: what is filled in is not searched again.

    Raises:
        AiflowError: a name that is not in ``values``.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise AiflowError(f"{source}: unknown placeholder {match[0]}")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, text)
