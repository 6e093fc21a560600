"""The curl command that repeats what aiflow does. The secret stays in its variable."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any


def curl_command(event: Mapping[str, Any], url: str, *, with_secret: bool) -> str:
    """A command line for a POSIX shell."""
    parts = ["curl -i", shlex.quote(url), "-H 'Content-Type: application/json'"]
    if with_secret:
        parts.append('-H "X-API-TOKEN: $AIFLOW_SECRET"')
    parts.append(f"--data-raw {shlex.quote(json.dumps(event, ensure_ascii=False))}")
    return " \\\n  ".join(parts)
