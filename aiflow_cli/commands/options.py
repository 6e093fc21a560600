"""Options that several commands have in common, so that they are called and explained the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

SecretOption = Annotated[
    str | None, typer.Option(envvar="AIFLOW_SECRET", help="Sent as X-API-TOKEN; prefer the variable.")
]
"""The webhook's shared secret."""
