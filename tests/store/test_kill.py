"""kill -9, again and again: an exchange whose answer was shown is in the log (synchronous = NORMAL promises that)."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from aiflow_cli.store.query import Query
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange, numbers

KILLS = 12

_WRITER = """
import sys
from pathlib import Path
from aiflow_cli.store.store import Store
from tests.support.exchanges import an_exchange

with Store(Path(sys.argv[1])) as store:
    number = int(sys.argv[2])
    while True:
        store.append(an_exchange(number))
        print(number, flush=True)
        number += 1
"""


def shown_before_the_kill(path: Path, first: int, after: int) -> list[int]:
    """Let a writer store and then show numbers; kill it once it has shown so many."""
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path), str(first)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        shown = [int(writer.stdout.readline()) for _ in range(after)]
        writer.kill()
        return shown + [int(line) for line in writer.stdout if line.endswith(b"\n")]


def test_no_exchange_that_was_shown_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    chance = random.Random(1)
    shown: list[int] = []
    for kill in range(KILLS):
        shown += shown_before_the_kill(path, kill * 1_000_000, chance.randint(1, 60))
    with Store(path) as store:
        stored = numbers(store.first(Query(), 10_000_000))
        assert set(shown) <= set(stored)
        # At most the one that was stored and not yet shown is more than what was shown.
        assert len(stored) - len(shown) <= KILLS
        assert stored == sorted(stored)
        assert store.append(an_exchange()).id == len(stored) + 1
