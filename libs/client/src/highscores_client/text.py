"""Values of answers as text that is safe to show, whoever the other end may be."""

import unicodedata
from typing import Any

import msgspec


def printable(text: str) -> str:
    """Return `text` without what could steer a terminal, whoever the other end may be."""
    return "".join("�" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    """Tell whether a terminal obeys this character: controls, ends of lines, and what turns the direction of writing.

    Joiners, tags and variation selectors do no harm, and emoji and scripts need them.
    """
    category = unicodedata.category(character)
    turns = category == "Cf" and unicodedata.bidirectional(character) != "BN"
    return turns or category in ("Cc", "Cs", "Zl", "Zp")


def member(value: Any) -> str:
    """Return a member of a job's result as text: a string as it is, all else as JSON, as the service sent it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
