"""What is wrong with one value, in the words of JSON: those of the decoder are Python's."""

import re
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin
from urllib.parse import quote

import msgspec

from highscores.domain.fields import PLAYER_ID_RULE, PlayerId

MAX_POINTER_CHARACTERS = 64

NOT_AN_INTEGER = "must be an integer, written without a decimal point or exponent"

_PLAYER_ID_PATTERN = get_args(PlayerId)[1].pattern.removesuffix(r"$(?!\n)")
_PLACE = re.compile(r"^(?P<detail>.*) - at `(?:key in )?\$(?P<path>[^`]*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_EXPECTED = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_GOT = {**_EXPECTED, "int": "a number"}
_COUNTED = {"str": "characters", "array": "items", "object": "members"}
_BOUNDS = {"<=": "at most", ">=": "at least"}


def field_fault(error: msgspec.ValidationError, kind: Any) -> tuple[str, str]:
    """Return where below the converted value, as the end of a pointer, and what is wrong; `kind` is its type."""
    text, path = str(error), ""
    if match := _PLACE.match(text):
        text = match["detail"]
        path = "".join(
            f"/{pointer_token(name or index)}" for name, index in _STEP.findall(match["path"].split("[...]")[0])
        )
    for pattern, words in _REWORDED:
        if match := pattern.match(text):
            return path, words(match)
    if text.startswith("Invalid enum value"):
        return path, f"must be one of {', '.join(_choices(kind))}"
    return path, "is not what this field takes"


def pointer_token(name: str) -> str:
    """A reference token of a JSON Pointer (RFC 6901) in its form as a URI fragment."""
    return quote(name[:MAX_POINTER_CHARACTERS].replace("~", "~0").replace("/", "~1"), safe="~$@!*'()+,;=:?-._")


def _wrong_kind(match: re.Match[str]) -> str:
    expected, got = match["expected"].split(" | "), match["got"]
    if "int" in expected and got == "float":
        return NOT_AN_INTEGER
    return f"must be {' or '.join(_EXPECTED.get(each, each) for each in expected)}, not {_GOT.get(got, got)}"


def _wrong_length(match: re.Match[str]) -> str:
    if match["bound"] == "<=" and match["count"] == "0":
        return "must be empty: this is not supported yet"
    if match["bound"] == ">=" and match["count"] == "1":
        return "must not be empty"
    return f"must have {_BOUNDS[match['bound']]} {match['count']} {_COUNTED[match['kind']]}"


def _wrong_text(match: re.Match[str]) -> str:
    return PLAYER_ID_RULE if match["pattern"] == _PLAYER_ID_PATTERN else f"must match {match['pattern']}$"


_REWORDED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"^Expected `str` matching regex '(?P<pattern>.*?)(?:\$\(\?!\\+n\))?'$", re.DOTALL), _wrong_text),
    (re.compile(r"^Expected `(?P<kind>str|array|object)` of length (?P<bound>[<>]=) (?P<count>\d+)$"), _wrong_length),
    (
        re.compile(r"^Expected `int` (?P<bound>[<>]=) (?P<number>-?\d+)$"),
        lambda match: f"must be {_BOUNDS[match['bound']]} {match['number']}",
    ),
    (re.compile(r"^Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`$"), _wrong_kind),
    (re.compile(r"^Integer value out of range$"), lambda _: "is out of range"),
)


def _choices(kind: Any) -> list[str]:
    """Return the texts of the first choice that a type holds."""
    if get_origin(kind) is Literal:
        return [f'"{choice}"' for choice in get_args(kind)]
    return next((found for part in get_args(kind) if (found := _choices(part))), [])
