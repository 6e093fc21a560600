from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiflow_cli.protocol import ssml


@pytest.mark.parametrize("text", ["<speak>Hello <b>you</b></speak>", "Hello <b>you</b>", " \n<speak>Hello you</speak>"])
def test_a_document_and_a_fragment_are_read_alike(text: str) -> None:
    assert ssml.parse(text).text == "Hello you"


@pytest.mark.parametrize(
    ("tag", "ms"),
    [
        ("<break/>", 500),
        ("<break time='250ms'/>", 250),
        ("<break time='1.5s'/>", 1500),
        ("<break time='+.5s'/>", 500),
        ("<break strength='none'/>", 0),
        ("<break strength='x-strong'/>", 1000),
        ("<break strength='unheard-of'/>", 500),
        ("<break time='soon' strength='weak'/>", 250),
        ("<break time='1s'/> and <break time='1s'/>", 2000),
    ],
)
def test_breaks_are_added_up(tag: str, ms: int) -> None:
    assert ssml.parse(tag).break_ms == ms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<speak>a", "line 1"),
        ("a < b", "line 1, column 4"),
        ("<speak>\n<p>\n</speak>", "line 3"),
        ("<!DOCTYPE speak><speak/>", "not allowed"),
        ('<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "b">]><s/>', "not allowed"),
        ("\ud800", "lone surrogate"),
        ("&nbsp;", "undefined entity"),
    ],
)
def test_what_is_not_well_formed_is_placed(text: str, said: str) -> None:
    with pytest.raises(ssml.SsmlError) as caught:
        ssml.parse(text)
    assert said in str(caught.value)


@given(st.text(alphabet="<>/&;'\"= abreks!-[]?", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ssml.parse(text)
    except ssml.SsmlError as error:
        assert "\n" not in str(error)
