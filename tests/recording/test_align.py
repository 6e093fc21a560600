"""Pairs are in order, complete, and as cheap as can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pytest import MonkeyPatch

from aiflow_cli.recording import align as module
from aiflow_cli.recording.align import GAP, Pair, align


def cost(left: str, right: str) -> float | None:
    """Letters are the same, or the same in another case, or never belong together."""
    if left == right:
        return 0
    return 0.5 if left.lower() == right.lower() else None


def pairs(left: str, right: str) -> str:
    return " ".join(f"{a or '-'}{b or '-'}" for a, b in align(list(left), list(right), cost=cost, key=str.lower))


def test_an_insertion_does_not_shift_the_rest() -> None:
    assert pairs("abcd", "abxcd") == "aa bb -x cc dd"
    assert pairs("abcd", "xabcd") == "-x aa bb cc dd"
    assert pairs("abcd", "acd") == "aa b- cc dd"


def test_what_is_like_is_paired() -> None:
    assert pairs("abc", "aBc") == "aa bB cc"
    assert pairs("aba", "bA") == "a- bb aA"


def test_what_never_belongs_together_stays_alone() -> None:
    assert pairs("ab", "xb") == "a- -x bb"


def test_the_ends() -> None:
    assert pairs("", "") == ""
    assert pairs("a", "") == "a-"
    assert pairs("", "ab") == "-a -b"


def total(found: list[Pair[str]]) -> float:
    return sum(GAP if a is None or b is None else cost(a, b) or 0 for a, b in found)


def cheapest(left: str, right: str) -> float:
    """The least cost, by trying everything."""
    if not left or not right:
        return GAP * (len(left) + len(right))
    options = [cheapest(left[1:], right) + GAP, cheapest(left, right[1:]) + GAP]
    together = cost(left[0], right[0])
    if together is not None:
        options.append(cheapest(left[1:], right[1:]) + together)
    return min(options)


words = st.text("abAB", max_size=6)


@given(words, words)
def test_no_pairs_are_cheaper(left: str, right: str) -> None:
    found = align(list(left), list(right), cost=cost, key=str)

    assert "".join(a for a, _ in found if a) == left
    assert "".join(b for _, b in found if b) == right
    assert total(found) == cheapest(left, right)


def test_very_long_sequences_are_aligned_by_key(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST", 3)

    assert pairs("abcd", "xaBcy") == "-x aa bB cc d- -y"
