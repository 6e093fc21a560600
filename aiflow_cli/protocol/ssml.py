"""SSML: is it well-formed, and how long does it last?

Text that does not start with ``<speak`` is parsed as a fragment, as the service accepts both.
A document type declaration is refused: it has no place in speech and is how XML bombs begin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

_BREAK_STRENGTH_MS = {"none": 0, "x-weak": 0, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}
_DURATION = re.compile(r"\+?(\d+(?:\.\d+)?|\.\d+)(ms|s)")


class SsmlError(ValueError):
    """The SSML is not well-formed; the message says where."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What is heard of an SSML document: its text, and the milliseconds of its ``<break>`` elements."""

    text: str
    break_ms: int


def parse(ssml: str) -> Speech:
    """Read an SSML document or fragment.

    Raises:
        SsmlError: it is not well-formed XML, or carries a DTD.
    """
    text: list[str] = []
    breaks: list[int] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "break":
            breaks.append(_break_ms(attributes))

    def refuse_doctype(*_: object) -> None:
        raise SsmlError("a document type declaration (<!DOCTYPE>) is not allowed")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse_doctype
    document, shift = _as_document(ssml)
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        column = error.offset - (shift if error.lineno == 1 else 0)
        where = f"line {error.lineno}, column {max(column, 0) + 1}"
        raise SsmlError(f"{expat.ErrorString(error.code)} at {where}") from None
    except UnicodeEncodeError:
        raise SsmlError("it holds a lone surrogate, which is not a character") from None
    return Speech(" ".join("".join(text).split()), sum(breaks))


def _as_document(ssml: str) -> tuple[str, int]:
    """The document to parse, and how many characters were put before the first line."""
    if ssml.lstrip().startswith(("<speak", "<?xml", "<!DOCTYPE")):
        return ssml.strip(), 0
    opening = "<speak>"
    return f"{opening}{ssml}</speak>", len(opening)


def _break_ms(attributes: dict[str, str]) -> int:
    if match := _DURATION.fullmatch(attributes.get("time", "").strip()):
        amount = float(match[1])
        return round(amount if match[2] == "ms" else amount * 1000)
    return _BREAK_STRENGTH_MS.get(attributes.get("strength", "medium"), 500)
