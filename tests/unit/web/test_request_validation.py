"""Bodies: what is JSON, what fits, and every wrong field by its name."""

from typing import Annotated, Any

import msgspec
import pytest

from highscores.domain.fields import BoardId, Score
from highscores.domain.problems import FieldError, ProblemError
from highscores.web.request_validation import (
    MAX_DEPTH,
    BodyDecoder,
    ClientGoneError,
    Examination,
    examine,
    is_board_id,
    is_region,
    is_too_deep,
    parse,
    read_body,
)


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    board: BoardId
    score: Score
    extra: dict[str, Any] | None = None
    tags: tuple[Annotated[str, msgspec.Meta(max_length=2)], ...] = ()


class Items(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=3)]


ONE = BodyDecoder(Item)
MANY = BodyDecoder(Items)


def refusal(decoder: BodyDecoder[Any], body: bytes) -> tuple[int, list[str]]:
    with pytest.raises(ProblemError) as raised:
        decoder.decode(body)
    return raised.value.problem.status, [error.pointer for error in raised.value.problem.errors]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{} x",
        b"\xef\xbb\xbf{}",
        b'{"board":"a\xff","score":1}',
        b'{"board":"a","score":NaN}',
        b'{"board":"a","score":Infinity}',
        b'{"board":"a\\ud800","score":1}',
        b'{"board":"\\ud800","score":1e999}',
        b'{"score":1e999,"board":NaN}',
        b"[" * 5000,
        b"[" * 5000 + b"]" * 5000,
        b'{"board":"a","score":1,"other":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_what_is_not_json_is_400(body: bytes) -> None:
    assert refusal(ONE, body) == (400, [])


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"1", b"true"])
def test_json_that_is_no_object_is_422_at_the_root(body: bytes) -> None:
    assert refusal(ONE, body) == (422, ["#"])


@pytest.mark.parametrize(
    "score", ["1.0", "1e3", "true", '"1"', "null", "[1]", "1" + "0" * 30, str(2**53), "1e999", "1" * 5000, "-0.0"]
)
def test_a_score_is_a_strict_integer(score: str) -> None:
    assert refusal(ONE, f'{{"board":"a","score":{score}}}'.encode()) == (422, ["#/score"])


@pytest.mark.parametrize("score", ["0", "-0", str(2**53 - 1), str(1 - 2**53)])
def test_the_bounds_of_a_score_are_inside(score: str) -> None:
    assert ONE.decode(f'{{"board":"a","score":{score}}}'.encode()).score == int(score)


def test_every_wrong_field_is_named_at_once() -> None:
    body = b'{"board":"A","score":"x","extra":[],"tags":["ok","long"],"zz":1,"a/b~c d":2}'
    expected = ["#/board", "#/score", "#/extra", "#/tags/1", "#/zz", "#/a~1b~0c%20d"]
    assert refusal(ONE, body) == (422, expected)


def test_missing_fields_are_named() -> None:
    assert refusal(ONE, b"{}") == (422, ["#/board", "#/score"])


def test_in_a_list_each_wrong_field_is_named_with_its_index() -> None:
    body = b'{"items":[{"board":"a","score":1},{"board":"A","score":1.5},7]}'
    assert refusal(MANY, body) == (422, ["#/items/1/board", "#/items/1/score", "#/items/2"])


@pytest.mark.parametrize("items", [[], [{"board": "a", "score": 1}] * 4])
def test_the_length_of_a_list_is_checked(items: list[Any]) -> None:
    assert refusal(MANY, msgspec.json.encode({"items": items})) == (422, ["#/items"])


def test_of_a_member_that_came_twice_the_last_counts() -> None:
    assert ONE.decode(b'{"board":"a","score":"x","score":7}') == Item("a", 7)


def test_a_number_that_no_double_holds_is_named_where_it_stands() -> None:
    assert refusal(ONE, b'{"board":"a","score":1,"extra":{"n":1e999}}') == (422, ["#/extra"])


def test_what_is_right_in_a_wrong_object_is_kept() -> None:
    examined = examine({"board": "a", "score": "x"}, Item)
    assert examined == Examination({"board": "a"}, [FieldError("#/score", "must be an integer, not a string")])


def test_a_body_that_is_not_json_is_told_why() -> None:
    with pytest.raises(ProblemError) as raised:
        ONE.decode(b'{"board":"a",\n "score":1,}')
    assert raised.value.problem.detail.startswith("Line 2, column 11: ")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded_exactly() -> None:
    assert not is_too_deep(nested(MAX_DEPTH))
    assert is_too_deep(nested(MAX_DEPTH + 1))
    assert parse(msgspec.json.encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)


def test_ids_do_not_end_in_a_newline() -> None:
    assert is_board_id("a-1")
    assert not is_board_id("a\n")
    assert is_region("EU-1")
    assert not is_region("e u")


async def read(*messages: dict[str, Any], length: int | None = None) -> bytes:
    """Read a body of at most ten bytes."""
    incoming = list(messages)

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    headers = {b"content-length": str(length).encode()} if length is not None else {}
    return await read_body(receive, headers, 10)


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_is_read_whole() -> None:
    assert await read(part(b"abc", more=True), part(b"", more=True), part(b"de", more=False)) == b"abcde"
    assert await read(part(b"0123456789", more=False)) == b"0123456789"


@pytest.mark.parametrize(
    "messages", [[part(b"x" * 11, more=False)], [part(b"x" * 6, more=True), part(b"x" * 6, more=False)]]
)
async def test_a_body_beyond_the_limit_is_413(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(ProblemError) as raised:
        await read(*messages)
    assert raised.value.problem.status == 413


async def test_a_body_that_is_announced_too_long_is_not_read() -> None:
    with pytest.raises(ProblemError) as raised:
        await read(length=11)
    assert raised.value.problem.status == 413


async def test_a_client_who_goes_away_has_sent_nothing() -> None:
    with pytest.raises(ClientGoneError):
        await read(part(b"{", more=True), {"type": "http.disconnect"})
