"""The scalar types of the HTTP contract, at their limits."""

import time
from typing import Any

import msgspec
import pytest

from highscores.domain.fields import (
    METADATA_MAX_BYTES,
    SCORE_LIMIT,
    BoardId,
    PlayerId,
    Region,
    Score,
    Unit,
    clean_text,
    encode_metadata,
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BoardId, "a"),
        (BoardId, "0-9"),
        (BoardId, "a" * 63),
        (PlayerId, "A"),
        (PlayerId, "a.b_c@d-E9"),
        (PlayerId, "x" * 128),
        (PlayerId, "Steam:7656|a+b~c=d"),
        *((PlayerId, mark) for mark in "_@:|+~=-"),
        (PlayerId, "..."),
        (PlayerId, ".a"),
        (PlayerId, "a."),
        (Region, "DE"),
        (Region, "eu-west-1"),
        (Region, "x" * 16),
        (Unit, "km/h"),
        (Score, SCORE_LIMIT),
        (Score, -SCORE_LIMIT),
        (Score, 0),
    ],
)
def test_what_is_within_the_limits_is_taken(kind: Any, value: object) -> None:
    assert msgspec.convert(value, kind) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BoardId, ""),
        (BoardId, "-a"),
        (BoardId, "A"),
        (BoardId, "a" * 64),
        (BoardId, "a\n"),
        (BoardId, "a:b"),
        (BoardId, "ä"),
        (PlayerId, ""),
        (PlayerId, "x" * 129),
        (PlayerId, "a b"),
        (PlayerId, "."),
        (PlayerId, ".."),
        *((PlayerId, f"a{mark}b") for mark in "\t\0\"\\/,;%&#?'<>()[]{}*!$^`"),
        (PlayerId, "a\n"),
        (PlayerId, "é"),
        (Region, ""),
        (Region, "x" * 17),
        (Region, "a_b"),
        (Region, "de\n"),
        (Unit, ""),
        (Unit, "9x"),
        (Unit, "x" * 33),
        (Score, SCORE_LIMIT + 1),
        (Score, -SCORE_LIMIT - 1),
        (Score, 1.0),
        (Score, "1"),
        (Score, True),
        (Score, None),
    ],
)
def test_what_is_outside_the_limits_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, kind)


@pytest.mark.parametrize("score", [b"1.0", b"1e3", b'"1"', b"true", b"null", b"9007199254740992", b"1" * 400])
def test_a_score_in_json_is_a_strict_integer(score: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(score, type=Score)


def test_a_name_comes_out_in_nfc() -> None:
    assert clean_text("e\u0301", max_graphemes=1, max_bytes=2) == "é"


@pytest.mark.parametrize(
    ("given", "taken"),
    [(" Ada", "Ada"), ("Ada  ", "Ada"), ("\u3000Zoë\u00a0\u2003", "Zoë"), ("a  b", "a  b"), (" " * 99 + "x", "x")],
)
def test_blanks_at_the_ends_are_cut_off(given: str, taken: str) -> None:
    assert clean_text(given, max_graphemes=4, max_bytes=16) == taken


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u0301", " " * 99])
def test_what_shows_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must not be blank"):
        clean_text(text, max_graphemes=4, max_bytes=16)


def test_what_is_far_too_long_takes_no_time() -> None:
    """A batch has room for such a name. To put its marks in order takes time by the square of their number: 14 s."""
    text = "\u0301\u0316" * 40_000
    begun_s = time.process_time()
    with pytest.raises(ValueError, match="must be at most 128 bytes"):
        clean_text(text, max_graphemes=32, max_bytes=128)
    assert time.process_time() - begun_s < 1


@pytest.mark.parametrize(
    "text",
    [
        "tab\t",
        "line\n",
        "nul\0",
        "\n",
        " \n",
        "\u202eevil",  # right-to-left override
        "a\u200bb",  # zero-width space
        "\u2066a\u2069",  # bidi isolate
        "\ufeffa",
        "\u2028",
        "\ud800",
        "\x7f",
        "\x85",
    ],
)
def test_control_bidi_and_zero_width_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must not contain"):
        clean_text(text, max_graphemes=100, max_bytes=1_000)


def test_length_counts_in_graphemes() -> None:
    flag = "🇩🇪"
    assert clean_text(flag * 2, max_graphemes=2, max_bytes=100) == flag * 2
    with pytest.raises(ValueError, match="2 characters"):
        clean_text(flag * 3, max_graphemes=2, max_bytes=100)


@pytest.mark.parametrize("text", ["abc", "äbc"])
def test_one_grapheme_too_many_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2 characters"):
        clean_text(text, max_graphemes=2, max_bytes=100)


def test_one_byte_too_many_is_refused() -> None:
    assert clean_text("ää", max_graphemes=9, max_bytes=4) == "ää"
    with pytest.raises(ValueError, match="4 bytes"):
        clean_text("äää", max_graphemes=9, max_bytes=4)


def test_metadata_is_compact_json() -> None:
    assert encode_metadata({"level": 3, "name": "é"}) == '{"level":3,"name":"é"}'


@pytest.mark.parametrize("metadata", [{}, {"a": {"b": {"c": {}}}}, {"a": [[[1]]]}, {"a": {"b": [{"c": 1}]}}])
def test_metadata_four_levels_deep_is_taken(metadata: dict[str, Any]) -> None:
    assert encode_metadata(metadata)


@pytest.mark.parametrize("metadata", [{"a": {"b": {"c": {"d": {}}}}}, {"a": [[[[]]]]}, {"a": 1, "b": [{"c": [{}]}]}])
def test_metadata_five_levels_deep_is_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="4 levels"):
        encode_metadata(metadata)


def test_metadata_may_have_1024_bytes_and_no_more() -> None:
    frame = len('{"a":""}')
    assert len(encode_metadata({"a": "x" * (METADATA_MAX_BYTES - frame)})) == METADATA_MAX_BYTES
    with pytest.raises(ValueError, match="1024 bytes"):
        encode_metadata({"a": "x" * (METADATA_MAX_BYTES - frame + 1)})
