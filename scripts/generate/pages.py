"""Pages and parts of pages that repeat what the code says, and the snapshots of every help text."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence

from aiflow_cli.config.settings import SETTINGS, Setting
from aiflow_cli.protocol.rules import RULES
from scripts.generate import ROOT
from scripts.generate.tree import walk

_WRITTEN = "<!-- Written by `make generate`; change {source} instead. -->"


def files() -> dict[str, str]:
    return {
        "README.md": _readme(),
        "docs/commands.md": _commands(),
        "docs/configuration.md": _configuration(),
        "docs/rules.md": _rules(),
        **{f"tests/snapshots/help/{'-'.join(('aiflow', *node.path))}.txt": node.help for node in walk()},
    }


def _readme() -> str:
    """The page as it is, with the call and the table of commands between their markers made anew."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [(f"`{node.name}`", node.summary) for node in walk() if node.runs]
    text = between(text, "commands", _table(("command", "does"), rows))
    return between(text, "call", f"```text\n$ aiflow demo --once\n{_call()}```")


def between(text: str, name: str, content: str) -> str:
    """A page with what stands between the markers of ``name`` replaced."""
    begin, end = f"<!-- {name}: written by `make generate` -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    assert found, f"the page has no marker {begin}"
    return f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def _call() -> str:
    """What the demo prints: a real call; its time is virtual, so that it is the same each time."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "aiflow_cli", "demo", "--once"]
        environ = {"HOME": home, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, check=True)
    return done.stdout


def _commands() -> str:
    parts = [
        _WRITTEN.format(source="the commands' help"),
        "# Commands",
        "What `aiflow COMMAND --help` prints, on one page. Data goes to stdout and talk to stderr; a closed pipe is no"
        " error; nothing is asked without a terminal.",
    ]
    parts += [f"## {node.name}\n\n```text\n{node.help}```" for node in walk()]
    return "\n\n".join(parts) + "\n"


def _configuration() -> str:
    rows = [(f"`{s.key}`", f"`{s.variable}`", _default(s), _place(s), s.help) for s in SETTINGS]
    return f"""{_WRITTEN.format(source="aiflow_cli/config/settings.py")}

# Configuration

A setting comes from the first of these that has it:

1. the option on the command line; every option also has a variable: `AIFLOW_SEND_EVENT_TEXT` stands for
   `aiflow send-event --text`
2. the environment
3. `.env` beside aiflow.toml: plain `KEY=value` lines, nothing is expanded
4. `aiflow.toml`, in the current folder or one above it
5. `$XDG_CONFIG_HOME/aiflow/config.toml` (else `~/.config/aiflow/config.toml`), with the same keys
6. the default

`aiflow config list` shows every setting, its value and where it came from; secrets are masked there. Unknown keys are
errors.

{_table(("key", "variable", "default", "where", "meaning"), rows)}

"files" means aiflow.toml and the user's config; secrets are not read from them, because aiflow.toml is committed.
In a file a list is a TOML array; in a variable it is split into words as a shell does.

```toml
[webhook]
url = "http://127.0.0.1:3000/webhook"

[app]
command = ["python", "app.py"]
```
"""


def _default(setting: Setting) -> str:
    default = setting.default if isinstance(setting.default, str) else " ".join(setting.default)
    return f"`{default}`" if default else "-"


def _place(setting: Setting) -> str:
    return "variable, `.env`, files" if setting.filed else "variable, `.env`"


def _rules() -> str:
    rows = [(f"`{r.id}`", r.severity, r.title, r.why, f"{r.paragraph}") for r in RULES.values()]
    return f"""{_WRITTEN.format(source="aiflow_cli/protocol/rules.py")}

# Rules

What `aiflow send-event`, `aiflow call` and the others look for in every answer of a webhook. An error breaks the call
for the caller and fails the command; a warning is likely a mistake (`--strict` makes it fail); a note is worth knowing.
The last column is the section of the protocol that the rule enforces.

{_table(("rule", "severity", "what holds", "otherwise", "section"), rows)}
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
