"""Defining, changing, deleting, reading and listing boards."""

import base64
import json
from typing import Any

import msgspec
import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import BOARD, JSON, assert_accepted, assert_problem, each, is_time
from tests.stack import Stack

pytestmark = pytest.mark.contract

DEFAULTS: dict[str, Any] = {
    "order": "desc",
    "operator": "best",
    "subscores": [],
    "ranks": "ordinal",
    "periods": ["all"],
    "timezone": "UTC",
    "seasons": [],
    "min": None,
    "max": None,
    "unit": "points",
    "regions": False,
    "visibility": "public",
    "submit": "key",
}
EVERYTHING: dict[str, Any] = {
    "title": "Nordschleife \u2665",
    "order": "asc",
    "operator": "latest",
    "subscores": [],
    "ranks": "ordinal",
    "periods": ["week", "all", "month", "day"],
    "timezone": "Europe/Berlin",
    "seasons": [],
    "min": -5,
    "max": 2**53 - 1,
    "unit": "milliseconds",
    "regions": True,
    "visibility": "public",
    "submit": "key",
}


def put(api: Api, board: str, body: object) -> Any:
    return api.command("PUT", f"/v1/admin/boards/{board}", body)


def read(api: Api, board: str) -> dict[str, Any]:
    answer = api.get(f"/v1/boards/{board}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_title_is_enough(admin: Api, anonymous: Api) -> None:
    board = fresh("least")

    assert_accepted(answer := put(admin, board, {"title": "Least"}))
    admin.done(answer)

    found = read(anonymous, board)
    assert found.keys() == BOARD
    assert {name: found[name] for name in DEFAULTS} == DEFAULTS
    assert (found["board"], found["title"]) == (board, "Least")
    assert (found["current"], found["players"], found["submissions"], found["active_at"]) == (
        {"all": "all"},
        0,
        0,
        None,
    )


def test_all_rules_at_once(admin: Api, anonymous: Api) -> None:
    board = fresh("most")

    admin.define(board, **EVERYTHING)

    found = read(anonymous, board)
    assert {name: found[name] for name in EVERYTHING} == EVERYTHING
    assert list(found["current"]) == ["week", "all", "month", "day"]


def test_what_a_board_gives_can_be_put_back(admin: Api) -> None:
    board = fresh("back")
    admin.define(board, **EVERYTHING)
    found = read(admin, board)

    admin.done(
        admin.http.put(
            f"/v1/admin/boards/{board}",
            content=admin.get(f"/v1/boards/{board}").content,
            headers={"Content-Type": JSON},
        )
    )
    assert read(admin, board) == found
    assert_problem(put(admin, board, {**found, "ordr": "asc"}), 422, "invalid-fields", pointers={"#/ordr"})
    assert_problem(put(admin, fresh("other"), found), 422, "invalid-fields", pointers={"#/board"})


def test_players_and_submissions_are_counted(admin: Api, anonymous: Api, board: str) -> None:
    for player, score in (("ada", 1), ("bob", 2), ("ada", 3)):
        admin.submit_done(board, player, score)

    found = eventually(lambda: read(anonymous, board), lambda found: found["submissions"] == 3)

    assert found["players"] == 2
    assert is_time(found["active_at"])


def test_rules_change_and_what_is_not_given_goes_back_to_its_default(admin: Api, anonymous: Api) -> None:
    board = fresh("change")
    admin.define(board, title="One", min=5, unit="metres", periods=["day"])

    admin.done(put(admin, board, {"title": "Two"}))

    found = read(anonymous, board)
    assert (found["title"], found["min"], found["unit"], found["periods"]) == ("Two", None, "points", ["all"])


@pytest.mark.parametrize(("rule", "value"), [("order", "asc"), ("operator", "sum"), ("operator", "latest")])
def test_a_fixed_rule_is_409_once_there_is_a_submission(admin: Api, board: str, rule: str, value: str) -> None:
    admin.submit_done(board, "ada", 1)
    eventually(lambda: read(admin, board)["submissions"], lambda found: found == 1)

    # post_score learns of the first submission within a second; until then the job says the same.
    answer = eventually(
        lambda: put(admin, board, {"title": "T", rule: value}), lambda answer: answer.status_code == 409
    )

    assert_problem(answer, 409, "board-rule-fixed", pointers={f"#/{rule}"})
    assert read(admin, board)[rule] == DEFAULTS[rule]


def test_a_fixed_rule_that_post_score_does_not_know_of_is_rejected_by_the_job(admin: Api, board: str) -> None:
    admin.done(put(admin, board, {"title": "T"}))  # post_score has just learnt: no submissions
    admin.submit_done(board, "ada", 1)

    answer = put(admin, board, {"title": "T", "order": "asc", "operator": "sum"})

    error = answer.json() if answer.status_code == 409 else admin.job(answer.json()["job"])["error"]
    assert (error["type"], error["status"]) == ("/problems/board-rule-fixed", 409)
    assert {each["pointer"] for each in error["errors"]} == {"#/order", "#/operator"}
    assert read(admin, board)["order"] == "desc"


def test_a_rule_may_change_before_the_first_submission(admin: Api, board: str) -> None:
    admin.done(put(admin, board, {"title": "T", "order": "asc", "operator": "sum"}))

    assert (read(admin, board)["order"], read(admin, board)["operator"]) == ("asc", "sum")


def test_new_periods_count_the_past_too(admin: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1, achieved_at="2026-01-15T12:00:00Z")

    admin.done(put(admin, board, {"title": "T", "periods": ["all", "month"]}))

    assert admin.page(board, period="2026-01")["entries"][0]["player"] == "ada"


def test_an_answer_about_a_board_that_is_not_there_says_which(admin: Api, anonymous: Api) -> None:
    name = fresh("nowhere")

    for answer in (
        anonymous.get(f"/v1/boards/{name}"),
        anonymous.get(f"/v1/boards/{name}/periods"),
        anonymous.get(f"/v1/boards/{name}/standings"),
        anonymous.get(f"/v1/boards/{name}/standings/ada"),
        anonymous.get(f"/v1/boards/{name}/rank?score=1"),
        admin.submit(name, "ada", 1),
        admin.command("POST", "/v1/documents", {"board": name}),
        admin.command("DELETE", f"/v1/admin/boards/{name}"),
    ):
        assert_problem(answer, 404, "unknown-board")
        assert answer.json()["detail"] == f"No board has the id {name}."
    batch = admin.command("POST", "/v1/scores/batch", {"scores": [{"board": name, "player": "ada", "score": 1}]})
    (error,) = assert_problem(batch, 422, "invalid-fields")["errors"]
    assert name in error["detail"]


def test_a_deleted_board_is_gone_and_its_name_is_free(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit_done(board, "ada", 1)["job"]
    admin.page(board)

    admin.done(admin.command("DELETE", f"/v1/admin/boards/{board}"))

    assert_problem(anonymous.get(f"/v1/boards/{board}"), 404, "unknown-board")
    assert_problem(anonymous.get(f"/v1/boards/{board}/standings"), 404, "unknown-board")
    assert_problem(admin.submit(board, "ada", 1), 404, "unknown-board")
    assert_problem(anonymous.get(f"/v1/documents/{board}:all"), 404, "unknown-document")
    assert_problem(admin.command("DELETE", f"/v1/admin/boards/{board}"), 404, "unknown-board")
    assert admin.job(job)["status"] == "done"
    admin.define(board, order="asc")
    eventually(lambda: admin.page(board)["entries"], lambda entries: entries == [])
    assert read(admin, board)["submissions"] == 0
    admin.submit_done(board, "bob", 2)
    assert [entry["player"] for entry in admin.current(board, 1)["entries"]] == ["bob"]


def test_a_title_is_cleaned_as_a_name_is(admin: Api) -> None:
    board = fresh("clean")

    admin.define(board, title=" Zoe\u0308 ", subscores=[{"name": "e\u0301 ", "order": "asc"}])

    found = read(admin, board)
    assert (found["title"], found["subscores"]) == ("Zo\u00eb", [{"name": "\u00e9", "order": "asc"}])
    admin.submit_done(board, "ada", 1)
    admin.define(board, title="Zo\u00eb", subscores=[{"name": "\u00e9", "order": "asc"}])  # the same, so no 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *each("title", None, 5, "", " ", "\u0301", "\ue000", "\u202e", "a\nb", "x" * 101, ["x"]),
        *each("order", "up", "DESC", None, 1),
        *each("operator", "max", "Best", None, 1),
        *each("ranks", "dense", None),
        *each("periods", [], ["year"], ["all", "all"], "all", None, ["all", 5], [["all"]]),
        *each(
            "timezone",
            "Mars/Base",
            "",
            "utc+1",
            None,
            5,
            "Europe",
            "../UTC",
            "localtime",
            "Factory",
            "right/UTC",
            "Europe/Berlin\n",
        ),
        *each("min", 1.5, "1", True, 2**53, -(2**53), 10**30, []),
        *each("max", 1.0, "1", False, 2**53),
        *each("unit", "", 5, None, "x" * 100, "a\n", "\u202e"),
        *each("regions", 1, "true", None),
        *each("visibility", "hidden", None, True),
        *each("submit", "anybody", None),
        *each("subscores", "x", None, 1, {}),
        *each("seasons", "x", None, 1),
        *((name, 1) for name in ("unknown", "Title", "board", "current", "players")),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_each_wrong_field_is_named(admin: Api, field: str, value: object) -> None:
    board = fresh("wrong")

    problem = assert_problem(put(admin, board, {"title": "T", field: value}), 422, "invalid-fields")

    assert {error["pointer"].split("/")[1] for error in problem["errors"]} == {field}
    assert_problem(admin.get(f"/v1/boards/{board}"), 404, "unknown-board")


def test_all_wrong_fields_are_named_at_once(admin: Api) -> None:
    body = {"order": "x", "periods": ["all", "all"], "timezone": "Mars", "min": 2, "max": 1, "extra": 1}

    answer = put(admin, fresh("wrong"), body)

    pointers = {"#/title", "#/order", "#/periods", "#/timezone", "#/min", "#/extra"}
    assert_problem(answer, 422, "invalid-fields", pointers=pointers)


def test_min_above_max_is_422(admin: Api) -> None:
    assert_problem(
        put(admin, fresh("wrong"), {"title": "T", "min": 2, "max": 1}), 422, "invalid-fields", pointers={"#/min"}
    )


@pytest.mark.parametrize("board", ["A", "-a", "a_b", "a.b", "a" * 64, "%C3%A9", "a%0A", "a%20b", "a:b"])
def test_a_wrong_id_is_422_to_define_and_404_to_delete_or_read(admin: Api, board: str) -> None:
    assert_problem(put(admin, board, {"title": "T"}), 422, "invalid-fields", pointers={"#/board"})
    assert_problem(admin.command("DELETE", f"/v1/admin/boards/{board}"), 404, "unknown-board")
    assert_problem(admin.get(f"/v1/boards/{board}"), 404, "unknown-board")


@pytest.mark.parametrize(("body", "status", "slug"), [(b"", 400, "not-json"), (b"{", 400, "not-json")])
def test_what_is_not_json_is_400(admin: Api, body: bytes, status: int, slug: str) -> None:
    answer = admin.http.put("/v1/admin/boards/abc", content=body, headers={"Content-Type": "application/json"})

    assert_problem(answer, status, slug)


def test_what_does_not_say_json_is_415_and_too_much_is_413(admin: Api) -> None:
    path, body = "/v1/admin/boards/abc", json.dumps({"title": "T"}).encode()

    assert_problem(admin.http.put(path, content=body), 415, "unsupported-media-type")
    answer = admin.http.put(path, content=body.ljust(8_193), headers={"Content-Type": "application/json"})
    assert_problem(answer, 413, "too-large")


def test_the_list_is_in_order_of_creation_and_pages_without_gaps(admin: Api, anonymous: Api) -> None:
    """Whatever happens on the boards meanwhile: no board is twice on it, and none is missing."""
    names = [fresh("list") for _ in range(5)]
    for name in names:
        admin.define(name)

    found: list[str] = []
    cursor: str | None = None
    while True:
        answer = anonymous.get("/v1/boards", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200
        page = answer.json()
        assert page.keys() == {"boards", "next"}
        assert len(page["boards"]) == 2 or page["next"] is None
        assert all(board.keys() == BOARD for board in page["boards"])
        found += [board["board"] for board in page["boards"]]
        cursor = page["next"]
        if cursor is None:
            break
        if len(found) == 2:
            admin.submit_done(names[0], "ada", 1)
            admin.define(names[4], title="Changed")

    assert found[:5] == names[::-1]
    assert len(found) == len(set(found))


def test_by_activity_there_is_one_page_of_the_newest(admin: Api, anonymous: Api) -> None:
    names = [fresh("active") for _ in range(3)]
    for name in names:
        admin.define(name)
    admin.submit_done(names[1], "ada", 1)
    admin.submit_done(names[0], "ada", 1)

    page = anonymous.get("/v1/boards", params={"order": "activity"}).json()
    two = anonymous.get("/v1/boards", params={"order": "activity", "limit": 2}).json()

    assert [board["board"] for board in page["boards"]][:3] == [names[0], names[1], names[2]]
    assert len(page["boards"]) <= 100
    assert page["next"] is None
    assert [board["board"] for board in two["boards"]] == names[:2]
    assert two["next"] is None


def test_by_activity_there_is_no_cursor(admin: Api, anonymous: Api, board: str) -> None:
    admin.define(fresh("one-more"))
    cursor = anonymous.get("/v1/boards", params={"limit": 1}).json()["next"]

    answer = anonymous.get("/v1/boards", params={"order": "activity", "cursor": cursor})
    assert_problem(answer, 422, "invalid-fields", pointers={"#/cursor"})
    for order in ("", "created", "Activity"):
        answer = anonymous.get("/v1/boards", params={"order": order})
        assert_problem(answer, 422, "invalid-fields", pointers={"#/order"})


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).decode().rstrip("=")


@pytest.mark.parametrize("path", ["/v1/boards", "/v1/boards/{board}/periods"])
@pytest.mark.parametrize("tag", [[], ["boards"], ["periods"]])
@pytest.mark.parametrize(
    "position",
    [
        *([number, "a"] for number in (2**63, 2**64 - 1, 1.5, True, None, "1", b"1", [1])),
        *([1, text] for text in ("", "a\x00", "a\n", "A B", "a" * 100, 1, None, b"a", ["a"])),
        *([-(2**63), "a", 1], [], [1]),
    ],
    ids=repr,
)
def test_a_forged_cursor_is_refused(
    anonymous: Api, ladder: str, path: str, tag: list[Any], position: list[Any]
) -> None:
    answer = anonymous.get(path.format(board=ladder), params={"cursor": forged(tag + position)})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/cursor"})


@pytest.mark.parametrize(("path", "tag"), [("/v1/boards", "boards"), ("/v1/boards/{board}/periods", "periods")])
@pytest.mark.parametrize("number", [-(2**63), -1, 0, 2**63 - 1])
def test_a_cursor_of_the_right_form_is_a_position_in_the_list(
    anonymous: Api, ladder: str, path: str, tag: str, number: int
) -> None:
    answer = anonymous.get(path.format(board=ladder), params={"cursor": forged([tag, number, "a"])})

    assert answer.status_code == 200


def test_the_list_and_a_board_are_the_same(admin: Api, anonymous: Api, board: str) -> None:
    answer = anonymous.get("/v1/boards", params={"limit": 100})

    assert answer.headers["content-type"] == JSON
    (listed,) = [each for each in answer.json()["boards"] if each["board"] == board]
    assert listed == read(anonymous, board)


@pytest.mark.parametrize("path", ["/v1/boards", "/v1/boards/{board}/periods"])
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        *((f"limit={value}", "#/limit") for value in ("0", "101", "-1", "x", "1.0", "", "+5", "1e1", "%D9%A1")),
        *((f"cursor={value}", "#/cursor") for value in ("x", "", "!!", "AAAA", "%00", "a" * 3_000)),
        ("page=1", "#/page"),
        ("limit=1&limit=2", "#/limit"),
        ("Limit=1", "#/Limit"),
    ],
)
def test_wrong_parameters_are_named(anonymous: Api, ladder: str, path: str, query: str, pointer: str) -> None:
    answer = anonymous.get(f"{path.format(board=ladder)}?{query}")

    assert_problem(answer, 422, "invalid-fields", pointers={pointer})


def test_a_board_takes_no_parameters(anonymous: Api, ladder: str) -> None:
    assert_problem(anonymous.get(f"/v1/boards/{ladder}?x=1"), 422, "invalid-fields", pointers={"#/x"})


def test_a_deletion_leaves_nothing_in_the_tables(admin: Api, stack: Stack, board: str) -> None:
    admin.submit_done(board, "ada", 1)
    number = stack.query(f"select number from boards where board = '{board}'")

    admin.done(admin.command("DELETE", f"/v1/admin/boards/{board}"))

    for table in ("submissions", "standings", "periods"):
        counted = f"select count(*) from {table} where board_number = {number}"
        eventually(lambda sql=counted: stack.query(sql), lambda found: found == "0")


def test_a_board_that_becomes_private_is_so_at_once(admin: Api, anonymous: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1)
    anonymous.current(board, 1)

    admin.done(put(admin, board, {"title": "T", "visibility": "private"}))

    assert_problem(anonymous.get(f"/v1/boards/{board}/standings"), 401, "unauthorized")
    assert_problem(anonymous.get(f"/v1/boards/{board}"), 401, "unauthorized")


def set_rules(stack: Stack, board: str, rules: str) -> None:
    """Put into the stored rules what another version would write."""
    stack.query(f"update boards set rules = rules || '{rules}' where board = '{board}'")


def status_of(api: Api, board: str) -> int:
    """The services remember a board for a second."""
    status: int = api.get(f"/v1/boards/{board}").status_code
    return status


def test_a_rule_of_a_newer_version_stops_neither_scores_nor_lists(admin: Api, anonymous: Api, stack: Stack) -> None:
    board = fresh("newer")
    admin.define(board)
    set_rules(stack, board, '{"max_submissions": 5, "ranks": "dense", "periods": ["all", "hour"]}')

    assert admin.submit_done(board, "ada", 1)["status"] == "done"

    assert [entry["board"] for entry in anonymous.get("/v1/boards").json()["boards"]].count(board) == 1
    eventually(lambda: anonymous.get(f"/v1/boards/{board}").json()["submissions"], lambda count: count == 1)


def test_a_board_that_cannot_be_read_is_503_alone(admin: Api, anonymous: Api, stack: Stack) -> None:
    board, other = fresh("unreadable"), fresh("readable")
    for name in (board, other):
        admin.define(name)
    set_rules(stack, board, '{"operator": "median"}')
    try:
        eventually(lambda: status_of(anonymous, board), lambda status: status == 503)
        score = {"board": board, "player": "ada", "score": 1}
        eventually(lambda: admin.command("POST", "/v1/scores", score).status_code, lambda status: status == 503)

        listed = [entry["board"] for entry in anonymous.get("/v1/boards").json()["boards"]]
        assert other in listed
        assert board not in listed
        assert status_of(anonymous, other) == 200
        assert admin.submit_done(other, "ada", 1)["status"] == "done"
        for path in (f"/v1/boards/{fresh('nope')}", f"/v1/boards/{fresh('nope')}/standings"):
            assert_problem(anonymous.get(path), 404, "unknown-board")
    finally:
        set_rules(stack, board, '{"operator": "best"}')
    eventually(lambda: status_of(anonymous, board), lambda status: status == 200)
