"""The templates as data: what each one is, and the words that its files are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from aiflow_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Template:
    """One template.

    Args:
        name: its folder below ``templates/`` and the value of ``--template``.
        title: the web framework, as its users write it.
        runtime: what has to be there already, as a noun phrase ("Node.js 18 or newer").
        command: starts the bot; goes into aiflow.toml.
        install, test: shell command lines; ``install`` is empty where nothing is installed.
        inside: where to run them beside the project's folder; continues a sentence.
        main_file: starts the server.
        webhook_file: the HTTP side.
        bot_file: one function per event.
        transports: how AI Flow can reach the bot; the first one is the default. Another one's files lie over the
            template's own in ``templates/<name>+<transport>/``.
        reserved: project names that the language's tools refuse.
    """

    name: str
    title: str
    language: str
    runtime: str
    description: str
    command: tuple[str, ...]
    install: str
    test: str
    main_file: str
    webhook_file: str
    bot_file: str
    inside: str = ""
    transports: tuple[str, ...] = ("http",)
    reserved: frozenset[str] = frozenset()

    @property
    def start(self) -> str:
        """The command as a shell line."""
        import shlex

        return shlex.join(self.command)


CATALOG: tuple[Template, ...] = (
    Template(
        name="flask",
        title="Flask",
        language="Python",
        runtime="Python 3.10 or newer",
        description="Flask, served by Waitress",
        command=("python", "app.py"),
        install="python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements-dev.txt",
        test="python -m pytest -q",
        main_file="app.py",
        webhook_file="webhook.py",
        bot_file="bot.py",
        transports=("http", "websocket"),
        inside=", in its virtual environment (`. .venv/bin/activate`) once it is installed",
    ),
    Template(
        name="express",
        title="Express",
        language="JavaScript",
        runtime="Node.js 18 or newer",
        description="Express on Node.js",
        command=("node", "app.js"),
        install="npm install",
        test="npm test",
        main_file="app.js",
        webhook_file="webhook.js",
        bot_file="bot.js",
        transports=("http", "websocket"),
        reserved=frozenset({"express", "node_modules", "favicon.ico"}),
    ),
    Template(
        name="go",
        title="net/http",
        language="Go",
        runtime="Go 1.19 or newer",
        description="net/http, no dependencies",
        command=("go", "run", "."),
        install="go mod download",
        test="go test ./...",
        main_file="main.go",
        webhook_file="webhook.go",
        bot_file="bot.go",
    ),
    Template(
        name="sinatra",
        title="Sinatra",
        language="Ruby",
        runtime="Ruby 3.1 or newer with Bundler",
        description="Sinatra, served by Puma",
        command=("ruby", "app.rb"),
        install="bundle install",
        test="ruby test/app_test.rb",
        main_file="app.rb",
        webhook_file="webhook.rb",
        bot_file="bot.rb",
    ),
)
TEMPLATES: Mapping[str, Template] = {template.name: template for template in CATALOG}


def find_template(name: str) -> Template:
    """The template called ``name``.

    Raises:
        UsageError: there is none; with a near miss, or with all names.
    """
    if template := TEMPLATES.get(name.lower()):
        return template
    close = get_close_matches(name.lower(), TEMPLATES, n=1)
    hint = f"did you mean --template {close[0]}?" if close else f"the templates are {', '.join(TEMPLATES)}"
    raise UsageError(f"there is no template {name}", hint=hint)
