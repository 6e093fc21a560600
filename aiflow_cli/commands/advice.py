"""What to do next, where several commands have the same to say."""

from __future__ import annotations


def path_hint(url: str) -> str:
    """After a 404 or 405."""
    return f"is {url} the address, path included, that the bot takes events at?"


def secret_hint(with_secret: bool) -> str:
    """After a 401 or 403."""
    if with_secret:
        return "AIFLOW_SECRET here and in the bot's environment must be the same; is the bot started with its .env?"
    return "the bot expects a secret: set AIFLOW_SECRET, or run this in the project's folder, where .env has it"
