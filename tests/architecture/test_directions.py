"""Who may import whom (design.md section 2). The direction is what lets a call be tested without a network."""

from __future__ import annotations

import sys

import pytest

from aiflow_cli.cli import COMMANDS

from .sources import ROOT, Module, modules

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("clock", "guardian", "loopback"),
    ("protocol",),
    ("session",),
    ("recording",),
    ("store", "transports", "config"),
    ("simulator", "recorder", "dashboard", "tunnels", "scaffold", "conformance"),
)
"""From the bottom up. A module imports from its own folder and from lower layers, never from its siblings."""

TOP = ("render", "console", "context", "parser", "commands", "cli", "__main__", "testing", "pytest_plugin")
"""Above all layers: the two front ends, the command line and the pytest plugin."""

ANYWHERE = ("__init__", "_version")

PLACES: dict[str, tuple[str, ...]] = {
    "typer": ("cli", "parser", "commands"),
    "rich": ("render",),
    "pydantic": ("protocol", "session.script", "dashboard"),
    "httpx": ("transports.trimmed_httpx",),
    "yaml": ("session.script", "tunnels.ngrok_setup"),
    "websockets": ("transports", "recorder"),
    "httptools": ("recorder",),
    "fastapi": ("dashboard",),
    "starlette": ("dashboard",),
    "uvicorn": ("dashboard",),
    "uvloop": ("dashboard", "recorder"),
    "pyngrok": ("tunnels",),
    "hypothesis": ("conformance",),
    "pytest": ("pytest_plugin", "testing"),
}
"""The one place of each third-party library."""

TESTS = ROOT / "tests"

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def ours(module: Module) -> list[tuple[str, int]]:
    """Groups of our package that a module imports from, with the line."""
    known = {*RANK, *TOP, *ANYWHERE}
    found = [(name.split(".")[1], line) for name, line in module.imports if name.startswith("aiflow_cli.")]
    return [(group, line) for group, line in found if group in known]


def test_every_module_has_a_place() -> None:
    homeless = [module.name for module in modules() if module.group not in {*RANK, *TOP, *ANYWHERE, "aiflow_cli"}]
    assert not homeless, f"name the layer of {homeless} in {__file__}"


@pytest.mark.parametrize("module", [m for m in modules() if m.group in RANK], ids=lambda module: module.name)
def test_imports_point_downwards(module: Module) -> None:
    wrong = [
        f"{module.path}:{line} imports {group}"
        for group, line in ours(module)
        if group != module.group and group not in ANYWHERE and RANK.get(group, len(LAYERS)) >= RANK[module.group]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", [m for m in modules() if m.group == "render"], ids=lambda module: module.name)
def test_rendering_neither_fetches_nor_decides(module: Module) -> None:
    reached = {group for group, _ in ours(module)} & {"store", "transports", "commands", "cli", "context"}
    assert not reached


@pytest.mark.parametrize(
    "module", [m for m in modules() if m.group in ("testing", "pytest_plugin")], ids=lambda module: module.name
)
def test_conversation_tests_know_nothing_of_the_command_line(module: Module) -> None:
    """They run in the user's pytest, which must not pay for a parser of options."""
    assert not {group for group, _ in ours(module)} & {"commands", "cli", "parser"}


@pytest.mark.parametrize("name", ["protocol", "session"])
def test_the_core_does_no_input_and_output(name: str) -> None:
    outside = {
        "socket",
        "asyncio",
        "threading",
        "subprocess",
        "os",
        "sqlite3",
        "time",
        "random",
        "httpx",
        "urllib.request",
    }
    reached = [
        f"{module.path}:{line} imports {imported}"
        for module in modules()
        if module.group == name
        for imported, line in module.imports
        if {imported, imported.rpartition(".")[0], imported.partition(".")[0]} & outside
    ]
    assert not reached, "\n".join(reached)


def test_the_commands_do_not_import_each_other() -> None:
    """What two commands share is a module of its own beside them."""
    commands = {f"aiflow_cli.commands.{name.replace('-', '_')}" for name in COMMANDS}
    wrong = [
        f"{module.path}:{line} imports {imported}"
        for module in modules()
        if module.group == "commands"
        for imported, line in module.imports
        if {imported, imported.rpartition(".")[0]} & commands
    ]
    assert not wrong, "\n".join(wrong)


def test_each_library_has_one_place() -> None:
    wrong = []
    for module in modules():
        for imported, line in module.imports:
            library = imported.partition(".")[0]
            if library == "aiflow_cli" or library in sys.stdlib_module_names:
                continue
            places = PLACES.get(library, ())
            if not any(module.name == place or module.name.startswith(f"{place}.") for place in places):
                wrong.append(
                    f"{module.path}:{line} imports {library}; its place is {' or '.join(places) or 'nowhere yet'}"
                )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "group", sorted({module.group for module in modules()} - {"aiflow_cli", *ANYWHERE, "__main__"})
)
def test_every_part_has_tests_where_it_is_looked_for(group: str) -> None:
    """``aiflow_cli/store`` -> ``tests/store``, ``aiflow_cli/console.py`` -> ``tests/test_console.py``."""
    folder = TESTS / group
    assert list(folder.glob("test_*.py")) or (TESTS / f"test_{group}.py").is_file()
