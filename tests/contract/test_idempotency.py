"""Idempotency-Key: the same caller, subject and key give the same job; the same key with another body is refused."""

import secrets
from typing import Any

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import assert_problem
from tests.stack import Stack, of_board

pytestmark = pytest.mark.contract

Command = tuple[str, str, Any]


def keyed(api: Api, command: Command, key: str) -> Any:
    method, path, body = command
    return api.command(method, path, body, headers={"Idempotency-Key": key})


def new_key() -> str:
    return secrets.token_urlsafe(24)


def commands(board: str) -> dict[str, Command]:
    score = {"board": board, "player": "ada", "score": 1}
    return {
        "score": ("POST", "/v1/scores", score),
        "batch": ("POST", "/v1/scores/batch", {"scores": [score, {**score, "player": "bob"}]}),
        "document": ("POST", "/v1/documents", {"board": board}),
        "define": ("PUT", f"/v1/admin/boards/{board}", {"title": "Again"}),
        "delete": ("DELETE", f"/v1/admin/boards/{board}", None),
    }


@pytest.mark.parametrize("kind", ["score", "batch", "document", "define", "delete"])
def test_the_same_key_gives_the_same_job(admin: Api, kind: str, board: str) -> None:
    key, command = new_key(), commands(board)[kind]

    first, second = keyed(admin, command, key), keyed(admin, command, key)

    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize("path", ["/v1/scores", "/v1/scores/batch", "/v1/documents", "/v1/admin/boards/{board}"])
def test_two_keys_in_one_request_are_refused(admin: Api, board: str, path: str) -> None:
    """Which of them would count is not for the service to guess."""
    lines = [("Idempotency-Key", "one"), ("Content-Type", "application/json"), ("Idempotency-Key", "two")]

    answer = admin.http.request(
        "PUT" if "admin" in path else "POST", path.format(board=board), content=b"{}", headers=lines
    )

    assert_problem(answer, 422, "invalid-fields", pointers={"#/Idempotency-Key"})


def test_the_same_key_in_two_lines_is_one(admin: Api, board: str) -> None:
    score, key = {"board": board, "player": "ada", "score": 1}, new_key()
    lines = [("Idempotency-Key", key), ("Content-Type", "application/json"), ("Idempotency-Key", key)]

    twice = admin.http.post("/v1/scores", json=score, headers=lines)

    assert twice.json() == keyed(admin, ("POST", "/v1/scores", score), key).json()


def test_it_has_one_effect(admin: Api, stack: Stack) -> None:
    board = fresh("once")
    admin.define(board, operator="sum")
    command = ("POST", "/v1/scores", {"board": board, "player": "ada", "score": 7})
    key = new_key()

    jobs = {keyed(admin, command, key).json()["job"] for _ in range(5)}
    admin.job(jobs.copy().pop())
    jobs.add(keyed(admin, command, key).json()["job"])
    admin.submit_done(board, "last", 0)

    assert len(jobs) == 1
    assert admin.job(jobs.pop())["result"]["score"] == 7
    assert stack.query(f"select count(*) from submissions where {of_board(board)} and player = 'ada'") == "1"


def test_the_order_of_members_and_spaces_do_not_matter(admin: Api, board: str) -> None:
    key = {"Idempotency-Key": new_key(), "Content-Type": "application/json"}
    texts = ['{"board":"%s","player":"a","score":1}', ' {"score" : 1,\n"player":"a", "board":"%s"} ']

    first, second = (admin.http.post("/v1/scores", content=text % board, headers=key) for text in texts)

    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("score", {"score": 2}),
        ("score", {"player": "bob"}),
        ("score", {"name": "Ada"}),
        ("score", {"metadata": {"a": 1}}),
        ("batch", {"scores": [{"player": "ada", "score": 1}]}),
        ("document", {"region": "eu"}),
        ("define", {"title": "Another"}),
    ],
)
def test_another_body_is_422(admin: Api, kind: str, changed: dict[str, Any]) -> None:
    board = fresh("reused")
    admin.define(board, regions=True)
    key, (method, path, body) = new_key(), commands(board)[kind]
    if "scores" in changed:
        changed = {"scores": [{"board": board, **score} for score in changed["scores"]]}

    assert keyed(admin, (method, path, body), key).status_code == 202

    assert_problem(keyed(admin, (method, path, {**body, **changed}), key), 422, "idempotency-key-reused")


def test_another_call_is_422(admin: Api, board: str) -> None:
    key, calls = new_key(), commands(board)

    assert keyed(admin, calls["score"], key).status_code == 202

    for kind in ("batch", "document", "define", "delete"):
        assert_problem(keyed(admin, calls[kind], key), 422, "idempotency-key-reused")


def test_another_board_s_deletion_is_422(admin: Api, board: str) -> None:
    other, key = fresh("other"), new_key()
    admin.define(other)

    assert keyed(admin, commands(board)["delete"], key).status_code == 202

    assert_problem(keyed(admin, commands(other)["delete"], key), 422, "idempotency-key-reused")


def test_a_deletion_repeated_after_it_is_done_is_the_same_job(admin: Api, board: str) -> None:
    key, command = new_key(), commands(board)["delete"]

    job = admin.done(keyed(admin, command, key))["job"]

    assert keyed(admin, command, key).json() == {"job": job, "status": "queued"}
    assert_problem(keyed(admin, commands(fresh("other"))["delete"], key), 404, "unknown-board")
    assert_problem(keyed(admin, command, new_key()), 404, "unknown-board")
    assert_problem(keyed(admin, command, ""), 422, "invalid-fields", pointers={"#/Idempotency-Key"})


@pytest.mark.parametrize("kind", ["score", "batch", "document", "define"])
def test_a_repetition_is_the_same_job_though_the_board_has_gone(admin: Api, kind: str) -> None:
    board, key = fresh("gone"), new_key()
    admin.define(board)
    command = commands(board)[kind]
    first = keyed(admin, command, key).json()
    for job in first.get("jobs") or [first["job"]]:
        assert admin.job(job)["status"] == "done"
    admin.done(keyed(admin, commands(board)["delete"], new_key()))

    again = keyed(admin, command, key)

    assert (again.status_code, again.json()) == (202, first)
    if kind != "define":
        refused = keyed(admin, command, new_key())
        assert refused.status_code == (422 if kind == "batch" else 404)


def test_a_repetition_is_the_same_job_though_the_rules_have_changed(admin: Api) -> None:
    board, key = fresh("stricter"), new_key()
    admin.define(board, order="desc")
    score = commands(board)["score"]
    first = keyed(admin, score, key).json()
    assert admin.job(first["job"])["status"] == "done"
    admin.define(board, order="desc", min=2)

    assert keyed(admin, score, key).json() == first
    assert_problem(keyed(admin, score, new_key()), 422, "invalid-fields", pointers={"#/score"})


def test_a_change_repeated_after_its_rules_are_fixed_is_the_same_job(admin: Api) -> None:
    """The board was deleted and made anew with another order, and has a submission: a new such command is 409."""
    board, key = fresh("fixed"), new_key()
    command = ("PUT", f"/v1/admin/boards/{board}", {"title": "First", "order": "asc"})
    first = keyed(admin, command, key).json()
    assert admin.job(first["job"])["status"] == "done"
    admin.done(keyed(admin, commands(board)["delete"], new_key()))
    admin.define(board)
    admin.submit_done(board, "ada", 1)
    eventually(lambda: keyed(admin, command, new_key()).status_code, lambda status: status == 409)

    again = keyed(admin, command, key)

    assert (again.status_code, again.json()) == (202, first)


def test_keys_belong_to_their_caller(admin: Api, submitter: Api, board: str) -> None:
    key, command = new_key(), commands(board)["score"]

    first, second = keyed(admin, command, key), keyed(submitter, command, key)

    assert first.status_code == second.status_code == 202
    assert first.json()["job"] != second.json()["job"]


def test_a_refused_request_does_not_use_up_its_key(admin: Api, board: str) -> None:
    key = new_key()
    wrong = ("POST", "/v1/scores", {"board": board, "player": "ada", "score": "1"})

    assert keyed(admin, wrong, key).status_code == 422

    assert keyed(admin, commands(board)["score"], key).status_code == 202


@pytest.mark.parametrize("key", ["a", "x" * 200, "with space and ~!@#$%^&*()", '"quoted"', "{}:,;"])
def test_keys_to_the_limits(admin: Api, board: str, key: str) -> None:
    assert keyed(admin, commands(board)["score"], key + board[-10:] if len(key) < 190 else key).status_code == 202


@pytest.mark.parametrize("key", [b"", b"x" * 201, b"caf\xc3\xa9", b"\xff", b"a\tb"])
@pytest.mark.parametrize("kind", ["score", "batch", "document", "define", "delete"])
def test_a_wrong_key_is_422(admin: Api, untouched: str, kind: str, key: bytes) -> None:
    method, path, body = commands(untouched)[kind]

    answer = admin.command(method, path, body, headers={"Idempotency-Key": key})  # type: ignore[dict-item]

    assert_problem(answer, 422, "invalid-fields", pointers={"#/Idempotency-Key"})
