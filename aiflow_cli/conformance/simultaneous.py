"""Doing several things at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiflow_cli.conformance.probe import Probe

T = TypeVar("T")


def at_once(probe: Probe, jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run the jobs at the same moment; the results are in the order of the jobs."""
    barrier = threading.Barrier(len(jobs))
    check = probe.check

    def run(job: Callable[[], T]) -> T:
        probe.check = check
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
