"""Why a body is not JSON, in words that help whoever wrote it: what is wrong, and where.

Bodies of people are wrong in few ways: a shell took the quotation marks, an editor wrote a byte order mark, a language
printed its own notation. The decoder tells none of them apart, so a body that it refuses is read once more here.
"""

import json
import re

_TOO_DEEP = "The JSON is nested too deep."
_IN_UTF_8 = "send JSON in UTF-8, without a byte order mark"
# The first that fits is told, so those of UTF-32 stand before those of UTF-16, which they begin with.
_BEGINNINGS = (
    (b"\xef\xbb\xbf", f"The body begins with a byte order mark: {_IN_UTF_8}."),
    (b"\xff\xfe\0\0", f"The body is UTF-32: {_IN_UTF_8}."),
    (b"\0\0\xfe\xff", f"The body is UTF-32: {_IN_UTF_8}."),
    (b"\xff\xfe", f"The body is UTF-16: {_IN_UTF_8}."),
    (b"\xfe\xff", f"The body is UTF-16: {_IN_UTF_8}."),
    (b"\x1f\x8b", "The body is compressed with gzip: send it as it is."),
)
_SINGLE_QUOTED = (
    "The body begins with a single quote, which Windows' cmd passes on: there, put the JSON in double quotes, and "
    'write \\" for each within it.'
)
_REASONS = (
    ("Expecting property name", "the name of a member must stand here, in double quotes"),
    ("Expecting ':'", "a colon must stand here"),
    ("Expecting ','", "a comma must stand here, or the end of the object or list"),
    ("Expecting value", "a value must stand here"),
    ("Extra data", "nothing may follow the JSON"),
    ("Unterminated string", "the string that begins here does not end"),
    ("Invalid control character", "a line break or another control character must be escaped in a string"),
    ("Invalid \\uXXXX escape", "\\u takes four hexadecimal digits"),
    ("Invalid \\escape", "a string has no such escape"),
    ("Illegal trailing comma", "no comma may stand before the end of an object or list"),
)
_STRING = r'"(?:[^"\\]|\\.)*"'
_CONSTANT = re.compile(rf"{_STRING}|(NaN|-?Infinity)", re.DOTALL)
_LONE_SURROGATE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def why_not_json(body: bytes) -> str:
    """Return what is wrong with a body that is no JSON, and at which line and column if it is wrong at one."""
    if not body.strip():
        return "The body is empty."
    for beginning, reason in _BEGINNINGS:
        if body.startswith(beginning):
            return reason
    if b"\0" in body[:2]:
        return f"The body is UTF-16: {_IN_UTF_8}."
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        before = body[: error.start].decode()
        return f"{_place(before)}: the byte {body[error.start]:02x} is not UTF-8."
    if text.lstrip().startswith("'"):
        return _SINGLE_QUOTED
    return _why_not_json(text)


def _why_not_json(text: str) -> str:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        return _at(text, error.pos, _reason(text, error))
    except RecursionError:
        return _TOO_DEEP
    if (constant := _first(_CONSTANT, text)) is not None:
        return _at(text, constant.start(1), f"{constant[1]} is not JSON")
    if (half := _first(_LONE_SURROGATE, text)) is not None:
        return _at(text, half.start(1), f"{half[1]} is half of a surrogate pair, which is no character")
    return ""


def _reason(text: str, error: json.JSONDecodeError) -> str:
    if not text[error.pos :].strip():
        return "the body ends, and the JSON does not"
    if text[error.pos] == "'":
        return "strings and the names of members stand in double quotes, not in single ones"
    return next((reason for beginning, reason in _REASONS if error.msg.startswith(beginning)), "this is not JSON")


def _first(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match that has its group: the others only step over what it must not be found in."""
    return next((match for match in pattern.finditer(text) if match[1] is not None), None)


def _at(text: str, position: int, reason: str) -> str:
    return f"{_place(text[:position])}: {reason}."


def _place(before: str) -> str:
    *lines, last = before.split("\n")
    return f"Line {len(lines) + 1}, column {len(last) + 1}"
