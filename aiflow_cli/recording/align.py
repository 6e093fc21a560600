"""Pairing two sequences, so that something inserted in one does not shift the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")
Pair = tuple[T | None, T | None]
Cost = Callable[[T, T], float | None]

GAP = 1.0
"""The cost of leaving one element without a partner: a pair must cost less than two of them."""

_LARGEST = 1_000_000
"""Cells of the table; beyond it the pairs are good rather than the best."""


def align(left: Sequence[T], right: Sequence[T], *, cost: Cost[T], key: Callable[[T], Hashable]) -> list[Pair[T]]:
    """Pair the elements of two sequences in order; None stands for a missing partner.

    Args:
        cost: of pairing two elements: 0 where they are the same, None where they never belong together.
        key: elements with the same key are taken for the same where the sequences are too long to try every pair.

    Returns:
        The pairs of the least total cost.
    """
    start, end = _common(left, right, cost)
    middle_left, middle_right = left[start : len(left) - end], right[start : len(right) - end]
    if len(middle_left) * len(middle_right) <= _LARGEST:
        middle = [*_cheapest(middle_left, middle_right, cost)]
    else:
        middle = [*_by_key(middle_left, middle_right, key)]
    head = zip(left[:start], right[:start], strict=True)
    tail = zip(left[len(left) - end :], right[len(right) - end :], strict=True)
    return [*head, *middle, *tail]


def _common(left: Sequence[T], right: Sequence[T], cost: Cost[T]) -> tuple[int, int]:
    """How many elements at the start, and how many at the end, are the same: no better pairs exist for these."""
    shorter = min(len(left), len(right))
    start = 0
    while start < shorter and cost(left[start], right[start]) == 0:
        start += 1
    end = 0
    while end < shorter - start and cost(left[-1 - end], right[-1 - end]) == 0:
        end += 1
    return start, end


def _cheapest(left: Sequence[T], right: Sequence[T], cost: Cost[T]) -> Iterator[Pair[T]]:
    """Needleman and Wunsch: the table of costs from every position to the end, then the way through it."""
    table = [[GAP * (len(right) - j) for j in range(len(right) + 1)]]
    for i in range(len(left) - 1, -1, -1):
        below, row = table[-1], [0.0] * len(right) + [GAP * (len(left) - i)]
        for j in range(len(right) - 1, -1, -1):
            row[j] = min(below[j], row[j + 1]) + GAP
            together = cost(left[i], right[j])
            if together is not None:
                row[j] = min(row[j], below[j + 1] + together)
        table.append(row)
    table.reverse()
    return _walk(left, right, cost, table)


def _walk(left: Sequence[T], right: Sequence[T], cost: Cost[T], table: list[list[float]]) -> Iterator[Pair[T]]:
    i = j = 0
    while i < len(left) and j < len(right):
        together = cost(left[i], right[j])
        if together is not None and table[i][j] == table[i + 1][j + 1] + together:
            yield left[i], right[j]
            i, j = i + 1, j + 1
        elif table[i + 1][j] <= table[i][j + 1]:
            yield left[i], None
            i += 1
        else:
            yield None, right[j]
            j += 1
    yield from ((element, None) for element in left[i:])
    yield from ((None, element) for element in right[j:])


def _by_key(left: Sequence[T], right: Sequence[T], key: Callable[[T], Hashable]) -> Iterator[Pair[T]]:
    matcher = SequenceMatcher(None, [key(element) for element in left], [key(element) for element in right])
    for name, i, i_end, j, j_end in matcher.get_opcodes():
        if name == "equal":
            yield from zip(left[i:i_end], right[j:j_end], strict=True)
        else:
            yield from ((element, None) for element in left[i:i_end])
            yield from ((None, element) for element in right[j:j_end])
