"""Bodies that are not JSON: what is said of them."""

import msgspec
import pytest

from highscores.web.json_faults import why_not_json

TEXT = '{"player":"Zo\u00eb"}'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "The body is empty."),
        (b" \r\n", "The body is empty."),
        (TEXT.encode("utf-8-sig"), "The body begins with a byte order mark: "),
        (TEXT.encode("utf-16"), "The body is UTF-16: "),
        (TEXT.encode("utf-16-le"), "The body is UTF-16: "),
        (TEXT.encode("utf-16-be"), "The body is UTF-16: "),
        (TEXT.encode("utf-32"), "The body is UTF-32: "),
        (TEXT.encode("latin-1"), "Line 1, column 14: the byte eb is not UTF-8."),
        (b"\x1f\x8b\x08", "The body is compressed with gzip"),
        (b"'{board:arcade}'", "The body begins with a single quote, which Windows' cmd passes on"),
        (b"{board:1}", "Line 1, column 2: the name of a member must stand here, in double quotes."),
        (b"{'board':1}", "Line 1, column 2: strings and the names of members stand in double quotes"),
        (b'{"a":\n "b"', "Line 2, column 5: the body ends, and the JSON does not."),
        (b'{"a" 1}', "Line 1, column 6: a colon must stand here."),
        (b'{"a":1 "b":2}', "Line 1, column 8: a comma must stand here, or the end of the object or list."),
        (b'{"a":tru}', "Line 1, column 6: a value must stand here."),
        (b'{"a":+1}', "Line 1, column 6: a value must stand here."),
        (b"{} x", "Line 1, column 4: nothing may follow the JSON."),
        (b'{"a":"b', "Line 1, column 6: the string that begins here does not end."),
        (b'{"a":"x\ny"}', "Line 1, column 8: a line break or another control character must be escaped"),
        (b'{"a":"\\uZZZZ"}', "\\u takes four hexadecimal digits."),
        (b'{"a":"\\q"}', "a string has no such escape."),
        (b'{"NaN":"NaN",\n"a":NaN}', "Line 2, column 5: NaN is not JSON."),
        (b'{"a":-Infinity}', "Line 1, column 6: -Infinity is not JSON."),
        (b'{"a":"\\\\ud800 \\ud83d\\ude00","b":"\\ud800"}', "Line 1, column 34: \\ud800 is half of a surrogate pair"),
        (b"[" * 100_000 + b"]" * 100_000, "The JSON is nested too deep."),
    ],
)
def test_the_reason_and_the_place_are_said(body: bytes, says: str) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, RecursionError)):
        msgspec.json.decode(body)
    assert says in why_not_json(body)


def test_a_comma_too_many_is_where_it_is() -> None:
    """Python 3.11 points behind it, later ones to it."""
    assert why_not_json(b'{"a":1,}') in (
        "Line 1, column 7: no comma may stand before the end of an object or list.",
        "Line 1, column 8: the name of a member must stand here, in double quotes.",
    )


@pytest.mark.parametrize("body", [b"{}", b'{"a":1e999}', b"1" * 5_000])
def test_of_json_nothing_is_said(body: bytes) -> None:
    assert why_not_json(body) == ""
