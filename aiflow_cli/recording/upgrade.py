"""The version of the recording format, and the steps that bring an older recording up to it.

The number is the format's own and only ever counts up by one. Whoever changes the format adds a ``Step``
from the version before, and keeps a sample of the old version in ``tests/recording/samples``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FORMAT_KEY = "aiflowRecording"
FORMAT_VERSION = 1

Change = Callable[[dict[str, Any]], dict[str, Any]]


def _unchanged(document: dict[str, Any]) -> dict[str, Any]:
    return document


@dataclass(frozen=True, slots=True)
class Step:
    """From one version to the next.

    Args:
        header: applied to the first line.
        line: applied to each further line.
    """

    header: Change = _unchanged
    line: Change = _unchanged


STEPS: Mapping[int, Step] = {}
"""The step that leads away from each older version; version 1 is the first."""


class NewerFormat(ValueError):
    """The recording was written by a newer aiflow."""


class Upgrade:
    """Everything between a recording's version and the current one.

    Args:
        version: what the recording's header says.
        steps, current: other than the real ones only in tests of the mechanism.

    Raises:
        NewerFormat: ``version`` is above ``current``.
        ValueError: there never was such a version.
    """

    def __init__(self, version: object, *, steps: Mapping[int, Step] = STEPS, current: int = FORMAT_VERSION) -> None:
        if isinstance(version, bool) or not isinstance(version, int):
            raise ValueError(f"the version of the recording format is a whole number, not {version!r}")
        if version > current:
            raise NewerFormat(f"written by a newer aiflow (recording format {version}, this one knows {current})")
        missing = [number for number in range(version, current) if number not in steps]
        if version < min(steps, default=current) or missing:
            raise ValueError(f"there is no recording format {version}")
        self._steps = [steps[number] for number in range(version, current)]

    def header(self, document: dict[str, Any]) -> dict[str, Any]:
        for step in self._steps:
            document = step.header(document)
        return document

    def line(self, document: dict[str, Any]) -> dict[str, Any]:
        for step in self._steps:
            document = step.line(document)
        return document
