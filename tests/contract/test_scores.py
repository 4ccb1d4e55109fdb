"""POST /v1/scores: what it takes, what becomes of it, and every way in which it can be wrong."""

import gzip
import json
from typing import Any

import httpx
import pytest
from tests.api import Api, fresh
from tests.contract.shapes import assert_accepted, assert_problem, each, is_time

pytestmark = pytest.mark.contract

LIMIT = 2**53 - 1
BODY_MAX_BYTES = 8 * 1024


def raw(api: Api, body: bytes, content_type: str | None = "application/json", **headers: str) -> httpx.Response:
    kind = {} if content_type is None else {"Content-Type": content_type}
    return api.http.post("/v1/scores", content=body, headers={**kind, **headers})


def entry(admin: Api, board: str) -> dict[str, Any]:
    (only,) = admin.current(board, 1)["entries"]
    assert isinstance(only, dict)
    return only


def test_the_shortest_score(submitter: Api, admin: Api, board: str) -> None:
    assert_accepted(submitter.submit(board, "ada", 1))

    found = entry(admin, board)
    assert is_time(found.pop("achieved_at"))
    assert found == {
        "rank": 1,
        "player": "ada",
        "name": None,
        "score": 1,
        "subscores": [],
        "region": None,
        "metadata": None,
    }


def test_the_longest_score(admin: Api) -> None:
    board = fresh("full")
    admin.define(board, regions=True)

    admin.submit_done(
        board,
        "Ada.Lovelace_1@home-2",
        -LIMIT,
        subscores=[],
        name="Ada \u2665",
        region="EU-West-1",
        metadata={"level": 7, "deep": {"a": {"b": [1]}}, "text": 'tab\tand <b>&"\\'},
        achieved_at="2026-01-02T03:04:05.000006Z",
    )

    assert entry(admin, board) == {
        "rank": 1,
        "player": "Ada.Lovelace_1@home-2",
        "name": "Ada \u2665",
        "score": -LIMIT,
        "subscores": [],
        "region": "eu-west-1",
        "achieved_at": "2026-01-02T03:04:05.000006Z",
        "metadata": {"level": 7, "deep": {"a": {"b": [1]}}, "text": 'tab\tand <b>&"\\'},
    }


@pytest.mark.parametrize("score", [LIMIT, -LIMIT, 0, -1])
def test_scores_to_the_limits(admin: Api, board: str, score: int) -> None:
    admin.submit_done(board, "ada", score)

    assert entry(admin, board)["score"] == score


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("2024-02-29T23:59:59.999999-12:00", "2024-03-01T11:59:59.999999Z"),
        ("2024-12-31T23:59:59.9999996Z", "2024-12-31T23:59:59.999999Z"),
        ("2016-12-31t23:59:60z", "2016-12-31T23:59:59.999999Z"),
    ],
)
def test_times_are_utc_with_microseconds(admin: Api, board: str, given: str, stored: str) -> None:
    admin.submit_done(board, "ada", 1, achieved_at=given)

    assert entry(admin, board)["achieved_at"] == stored


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
        ("x" * 32, "x" * 32),
        ("\U0001f1e9\U0001f1ea" * 16, "\U0001f1e9\U0001f1ea" * 16),  # 16 flags of 8 bytes: 16 graphemes, 128 bytes
        ("\u540d\u524d", "\u540d\u524d"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),  # a family
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),  # Persian
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),  # Scotland
        ("\u845b\U000e0100", "\u845b\U000e0100"),  # an ideograph in a form of its own
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),  # Sinhala
        ("\u3000 Ada ", "Ada"),
    ],
)
def test_names_are_stored_in_nfc(admin: Api, board: str, given: str, stored: str) -> None:
    admin.submit_done(board, "ada", 1, name=given)

    assert entry(admin, board)["name"] == stored


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_text_is_one_that_is_not_given(submitter: Api, admin: Api, nothing: str | None) -> None:
    """Some clients cannot leave a field out. A time would take an admin, if it were given."""
    board = fresh("empty")
    admin.define(board, regions=True)
    texts = {"name": nothing, "region": nothing, "achieved_at": nothing}

    admin.done(submitter.submit(board, "ada", 2, **texts))
    batch = {"scores": [{"board": board, "player": "bob", "score": 1, **texts}]}
    admin.job(submitter.command("POST", "/v1/scores/batch", batch).json()["jobs"][0])

    for found in admin.current(board, 2)["entries"]:
        assert (found["name"], found["region"]) == (None, None)
        assert is_time(found["achieved_at"])


@pytest.mark.parametrize("field", ["board", "player", "metadata", "score", "subscores"])
def test_what_is_needed_or_no_text_cannot_be_empty(admin: Api, untouched: str, field: str) -> None:
    body = {"board": untouched, "player": "ada", "score": 1, "name": "", "region": "", "achieved_at": "", field: ""}

    assert_problem(admin.command("POST", "/v1/scores", body), 422, "invalid-fields", pointers={f"#/{field}"})


def test_ids_to_their_limits(admin: Api) -> None:
    board = fresh("b") + "-" * 10
    board += "x" * (63 - len(board))
    admin.define(board)
    for player in ("A", "z" * 64, "a.b_c@d-e"):
        admin.submit_done(board, player, 1)

    assert admin.current(board, 3)["board"] == board


def test_metadata_to_its_limits(admin: Api, board: str) -> None:
    metadata = {"m": "x" * (1024 - len('{"m":""}'))}

    admin.submit_done(board, "ada", 1, metadata=metadata)

    assert entry(admin, board)["metadata"] == metadata


def test_a_request_of_exactly_8_kib(admin: Api, board: str) -> None:
    body = json.dumps({"board": board, "player": "ada", "score": 1}).encode()

    assert_accepted(raw(admin, body + b" " * (BODY_MAX_BYTES - len(body))))


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'])
def test_content_types_that_say_json(admin: Api, board: str, content_type: str) -> None:
    assert_accepted(raw(admin, json.dumps({"board": board, "player": "a", "score": 1}).encode(), content_type))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *each("score", 1.0, 1.5, "1", True, False, None, [], {}, [1], LIMIT + 1, -LIMIT - 1),
        *each("score", 10**30, -(10**30), 10**400, 1e300),
        *each("board", "", "A", "-a", "a" * 64, "a_b", "a b", "a\n", "\u00e9", 1, None, ["a"]),
        *each("player", "", "a b", "\u00e9", "x" * 129, ".", "..", "a/b", "a\n", "a\x00", 5, None, {}),
        *each("name", "x" * 33, "\u00e9" * 33, "\U0001f468" * 33, 5, [], {}),
        *(("name", f"a{bad}b") for bad in "\x00\x07\n\x7f\x85\u061c\u200b\u200e\u2028\u202e\u2066\u2069\ufeff"),
        *each("name", "\u3000", "\u0301", "\U0001f3f4\U000e0067", "a\ufe0f", "\ue000", "\uffff", "\u0378"),
        *each("name", " ", "\u3164", "a\u200db", "a\u200cb", "\u2800", "x\u0316\u0317\u0318\u0319\u031c"),
        ("name", "e" + "\u0301\u0302\u0303\u0304" * 20),  # one grapheme of too many bytes
        ("name", "a\ud800"),
        *each("region", "x" * 17, "e u", "\u00e9", "eu_west", "eu\n", 5, []),
        *each("metadata", [], "x", 1, True, {"m": "x" * 1017}),
        ("metadata", {"1": {"2": {"3": {"4": {"5": 1}}}}}),
        ("metadata", {"1": [[[[1]]]]}),
        *each("achieved_at", "yesterday", " ", 5, 1.5, [], "2026-01-01", "2026-01-01T00:00:00"),
        *each("achieved_at", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z"),
        *each("achieved_at", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100"),
        *each("achieved_at", "2099-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
        *each("subscores", [1], [1, 2, 3, 4, 5], 1, "x", {}, [1.5]),
        *((name, 1) for name in ("unknown", "Score", "scores", "job", "", "accepted_at", "__class__")),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_each_wrong_field_is_named(admin: Api, untouched: str, field: str, value: object) -> None:
    body = {"board": untouched, "player": "ada", "score": 1, field: value}
    if isinstance(value, str) and "\ud800" in value:
        # JSON that no UTF-8 text can stand for: either answer of the contract is right, 400 is ours.
        assert_problem(admin.command("POST", "/v1/scores", body), 400, "not-json")
        return

    problem = assert_problem(admin.command("POST", "/v1/scores", body), 422, "invalid-fields")

    assert len(problem["errors"]) == 1
    pointer = problem["errors"][0]["pointer"]
    assert pointer == f"#/{field}" or pointer.startswith(f"#/{field}/")


@pytest.mark.parametrize("field", ["board", "player", "score"])
def test_each_missing_field_is_named(admin: Api, untouched: str, field: str) -> None:
    body = {"board": untouched, "player": "ada", "score": 1}
    del body[field]

    assert_problem(admin.command("POST", "/v1/scores", body), 422, "invalid-fields", pointers={f"#/{field}"})


def test_all_wrong_fields_are_named_at_once(admin: Api, untouched: str) -> None:
    body = {
        "board": untouched,
        "player": "",
        "score": "x",
        "name": "\u202e",
        "region": "-_",
        "extra": 1,
        "metadata": [],
    }

    answer = admin.command("POST", "/v1/scores", body)

    pointers = {"#/player", "#/score", "#/name", "#/region", "#/extra", "#/metadata"}
    assert_problem(answer, 422, "invalid-fields", pointers=pointers)


def test_pointers_escape_names(admin: Api, untouched: str) -> None:
    body = {"board": untouched, "player": "ada", "score": 1, "a/b~c d": 1}

    answer = admin.command("POST", "/v1/scores", body)

    assert_problem(answer, 422, "invalid-fields", pointers={"#/a~1b~0c%20d"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"nul",
        b"{]",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 01}',
        b'{"a": +1}',
        b"{} {}",
        b"\xff",
        b'{"a": "\xff"}',
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"Infinity",
        b"// x\n{}",
        b"a=b&c=d",
        b"<a/>",
        b'{"a": "\n"}',
        b"\x00",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 4000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
    ],
    ids=lambda body: repr(body)[:20],
)
def test_what_is_not_json_is_400(admin: Api, untouched: str, body: bytes) -> None:
    assert_problem(raw(admin, body), 400, "not-json", pointers=set())


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"0x1", b"1.", b".5", b"1_000"])
def test_what_is_no_json_number_is_400(admin: Api, untouched: str, value: bytes) -> None:
    body = b'{"board":"%b","player":"ada","score":%b}' % (untouched.encode(), value)

    assert_problem(raw(admin, body), 400, "not-json")


@pytest.mark.parametrize("value", [b"1.0", b"1e2", b"1E0", b"-0.0", b"1e400", b"9007199254740992", b"1" * 5_000])
def test_what_is_no_integer_is_422(admin: Api, untouched: str, value: bytes) -> None:
    body = b'{"board":"%b","player":"ada","score":%b}' % (untouched.encode(), value)

    assert_problem(raw(admin, body), 422, "invalid-fields", pointers={"#/score"})


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true", b'[{"board":"a"}]'])
def test_what_is_no_object_is_422(admin: Api, untouched: str, body: bytes) -> None:
    assert_problem(raw(admin, body), 422, "invalid-fields", pointers={"#"})


def test_too_deep_is_400(admin: Api, untouched: str) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"a": deep}
    body = {"board": untouched, "player": "ada", "score": 1, "metadata": deep}

    assert_problem(admin.command("POST", "/v1/scores", body), 400, "not-json")


@pytest.mark.parametrize("extra", [1, 100_000])
def test_more_than_8_kib_is_413(admin: Api, untouched: str, extra: int) -> None:
    body = json.dumps({"board": untouched, "player": "ada", "score": 1}).encode()

    assert_problem(raw(admin, body + b" " * (BODY_MAX_BYTES + extra - len(body))), 413, "too-large")


def test_more_than_8_kib_in_chunks_is_413(admin: Api, untouched: str) -> None:
    chunks = (b" " * 1_000 for _ in range(9))

    answer = admin.http.post("/v1/scores", content=chunks, headers={"Content-Type": "application/json"})

    assert_problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
        "application/problem+json",
    ],
)
def test_what_does_not_say_json_is_415(admin: Api, untouched: str, content_type: str | None) -> None:
    body = json.dumps({"board": untouched, "player": "ada", "score": 1}).encode()

    assert_problem(raw(admin, body, content_type), 415, "unsupported-media-type")


def test_a_compressed_body_is_415_and_told_so(admin: Api, untouched: str) -> None:
    body = gzip.compress(json.dumps({"board": untouched, "player": "ada", "score": 1}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    problem = assert_problem(
        admin.http.post("/v1/scores", content=body, headers=headers), 415, "unsupported-media-type"
    )

    assert "Content-Encoding" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"board":1}'.encode("utf-16"), "The body is UTF-16"),
        ('{"board":1}'.encode("utf-8-sig"), "byte order mark"),
        (b"'{board:1}'", "single quote"),
        (b'{"board":"b",\n"score":NaN}', "Line 2, column 9: NaN is not JSON."),
    ],
)
def test_a_body_that_is_not_json_is_told_why_and_where(admin: Api, untouched: str, body: bytes, says: str) -> None:
    answer = admin.http.post("/v1/scores", content=body, headers={"Content-Type": "application/json"})

    assert says in assert_problem(answer, 400, "not-json")["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*", "application/json;q=0", "image/png"])
def test_a_client_that_takes_no_json_is_406(admin: Api, untouched: str, accept: str) -> None:
    body = json.dumps({"board": untouched, "player": "ada", "score": 1}).encode()

    assert_problem(raw(admin, body, Accept=accept), 406, "not-acceptable")


def test_an_unknown_board_is_404(submitter: Api) -> None:
    assert_problem(submitter.submit(fresh("nowhere"), "ada", 1), 404, "unknown-board")


@pytest.mark.parametrize(("score", "accepted"), [(9, False), (10, True), (20, True), (21, False)])
def test_a_board_s_bounds(admin: Api, score: int, accepted: bool) -> None:
    board = fresh("bounds")
    admin.define(board, min=10, max=20)

    answer = admin.submit(board, "ada", score)

    if accepted:
        assert admin.done(answer)["result"]["score"] == score
    else:
        assert_problem(answer, 422, "invalid-fields", pointers={"#/score"})


def test_only_an_admin_tells_when(submitter: Api, untouched: str) -> None:
    answer = submitter.submit(untouched, "ada", 1, achieved_at="2026-01-01T00:00:00Z")

    assert_problem(answer, 403, "forbidden")
