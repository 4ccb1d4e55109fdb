"""The client: what it sends, when it sends again, and how it tells of failure."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.unit.client.server import JOB, Answer, Server, accepted, answer, problem

from highscores_client import (
    Client,
    NotReadyError,
    ProblemError,
    Submission,
    UnexpectedAnswerError,
    UnreachableError,
    UnsendableError,
)

PAGE: dict[str, Any] = {
    "document": "arcade:all",
    "board": "arcade",
    "period": {"id": "all", "kind": "all", "start": None, "end": None},
    "region": None,
    "version": 7,
    "total": 1,
    "entries": [
        {
            "rank": 1,
            "player": "ada",
            "name": "Ada",
            "score": 12,
            "subscores": [],
            "region": None,
            "achieved_at": "2026-11-24T09:30:00.123456Z",
            "metadata": None,
        }
    ],
    "next": None,
    "prev": None,
    "a member of a later version": 1,
}


def job(status: str, error: object = None) -> httpx.Response:
    return answer(200, {"job": JOB, "command": "build-document", "status": status, "error": error})


async def test_a_score_is_sent_with_only_what_was_given() -> None:
    server = Server(accepted())
    async with server.client() as client:
        assert (await client.submit("arcade", "ada", 12)).job == JOB
    (request,) = server.requests
    assert (request.method, request.url.path) == ("POST", "/v1/scores")
    assert server.body() == {"board": "arcade", "player": "ada", "score": 12}
    assert request.headers["Authorization"] == "Bearer hs_key"
    assert request.headers["Content-Type"] == "application/json"


async def test_a_batch_answers_with_its_jobs_in_order() -> None:
    server = Server(answer(202, {"jobs": ["a", "b"]}))
    at = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
    scores = [Submission("arcade", "ada", 1), Submission("arcade", "bob", 2, achieved_at=at)]
    async with server.client() as client:
        assert await client.submit_batch(scores, idempotency_key="k") == ("a", "b")
    assert server.body()["scores"][1]["achieved_at"] == "2026-11-24T09:30:00.123456Z"
    assert server.keys == ["k"]


@pytest.mark.parametrize(
    "failure",
    [
        problem(429, Retry_After="1"),
        problem(503),
        httpx.Response(502, text="<html>Bad Gateway</html>"),
        httpx.Response(504),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("Server disconnected"),
    ],
    ids=["429", "503", "502", "504", "refused", "timeout", "dropped"],
)
async def test_what_may_pass_is_tried_again_with_the_same_key(failure: Answer) -> None:
    server = Server(failure, failure, accepted())
    heard: list[Exception] = []
    async with server.client(on_retry=heard.append) as client:
        assert (await client.submit("arcade", "ada", 12)).job == JOB
    assert len(server.requests) == 3
    assert len(set(server.keys)) == 1
    assert len({request.content for request in server.requests}) == 1
    assert len(heard) == len(server.slept) == 2


async def test_each_command_has_a_key_of_its_own() -> None:
    server = Server(accepted())
    async with server.client() as client:
        await client.submit("arcade", "ada", 12)
        await client.submit("arcade", "ada", 12)
        await client.delete_board("arcade")
    assert len(set(server.keys)) == 3


@pytest.mark.parametrize("key", ["", "k" * 201, "clé", "a\nb"])
async def test_an_idempotency_key_that_cannot_be_one_is_an_error_and_never_replaced(key: str) -> None:
    server = Server(accepted())
    async with server.client() as client:
        with pytest.raises(UnsendableError, match="idempotency key"):
            await client.submit("arcade", "ada", 12, idempotency_key=key)
        with pytest.raises(UnsendableError, match="idempotency key"):
            await client.submit_batch([Submission("arcade", "ada", 12)], idempotency_key=key)
        with pytest.raises(UnsendableError, match="idempotency key"):
            await client.delete_board("arcade", idempotency_key=key)
    assert not server.requests


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_a_number_that_json_cannot_hold_is_an_error_that_names_it(number: float) -> None:
    server = Server(accepted())
    metadata = {"car": None, "laps": [1.5, {"speed": number}]}
    async with server.client() as client:
        with pytest.raises(UnsendableError, match=rf"^metadata/laps/1/speed is {number}, "):
            await client.submit("arcade", "ada", 12, metadata=metadata)
        with pytest.raises(UnsendableError, match=rf"^scores/1/metadata/laps/1/speed is {number}, "):
            await client.submit_batch(
                [Submission("arcade", "ada", 12), Submission("arcade", "ada", 12, metadata=metadata)]
            )
        with pytest.raises(UnsendableError, match=rf"^min is {number}, "):
            await client.define_board("arcade", {"title": "A", "min": number})
    assert not server.requests


async def test_null_in_metadata_is_sent() -> None:
    server = Server(accepted())
    async with server.client() as client:
        await client.submit("arcade", "ada", 12, metadata={"car": None, "large": 10**30})
    assert server.body()["metadata"] == {"car": None, "large": 10**30}


async def test_what_is_no_json_or_no_text_is_told_so() -> None:
    server = Server(accepted())
    async with server.client() as client:
        for metadata in ({"a": object()}, {"a": "\ud800"}, {(1, 2): 3}):
            with pytest.raises(UnsendableError, match="cannot be sent"):
                await client.submit("arcade", "ada", 12, metadata=metadata)  # type: ignore[arg-type]
        for ask in (client.board("\ud800"), client.around("arcade", "\ud800")):
            with pytest.raises(UnsendableError, match="cannot be sent"):
                await ask
    assert not server.requests


async def test_of_hundreds_of_wrong_fields_the_first_are_told_and_how_many_more() -> None:
    errors = [{"pointer": f"#/scores/{n}/score", "detail": "must be at most 10"} for n in range(500)]
    async with Server(problem(422, "wrong", errors=errors)).client() as client:
        with pytest.raises(ProblemError) as caught:
            await client.submit("arcade", "ada", 12)
    first = "; ".join(f"scores/{n}/score must be at most 10" for n in range(3))
    assert str(caught.value) == f"It is wrong ({first}; and 497 more)"
    assert len(caught.value.problem.errors) == 500


async def test_retry_after_is_waited_for() -> None:
    server = Server(problem(429, Retry_After="3"), accepted())
    async with server.client() as client:
        await client.submit("arcade", "ada", 12)
    assert 3.0 <= server.slept[0] <= 3.1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 500])
async def test_what_is_final_is_raised_at_once(status: int) -> None:
    errors = [{"pointer": "#/scores/3/score", "detail": "must be at most 10"}]
    server = Server(problem(status, "invalid-fields", errors=errors))
    async with server.client() as client:
        with pytest.raises(ProblemError) as caught:
            await client.submit("arcade", "ada", 12)
    assert len(server.requests) == 1
    assert caught.value.status == status
    assert caught.value.problem.type == "/problems/invalid-fields"
    assert str(caught.value) == "It is invalid-fields (scores/3/score must be at most 10)"


async def test_a_service_that_stays_unavailable_is_given_up_with_its_problem() -> None:
    server = Server(problem(503, "unavailable", Retry_After="0"))
    async with server.client(attempts=3) as client:
        with pytest.raises(ProblemError) as caught:
            await client.submit("arcade", "ada", 12)
    assert len(server.requests) == 3
    assert (caught.value.status, caught.value.retry_after_s) == (503, 0.0)


async def test_a_service_that_asks_to_come_back_much_later_is_given_up() -> None:
    server = Server(problem(429, Retry_After="3600"))
    async with server.client() as client:
        with pytest.raises(ProblemError) as caught:
            await client.submit("arcade", "ada", 12)
    assert (len(server.requests), caught.value.retry_after_s) == (1, 3600.0)


async def test_no_answer_at_all_is_unreachable() -> None:
    server = Server(httpx.ConnectError("All connection attempts failed"))
    async with server.client(attempts=2) as client:
        with pytest.raises(UnreachableError, match=r"http://board\.example does not answer"):
            await client.boards()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "other",
    [
        httpx.Response(200, text="<html>hello</html>"),
        httpx.Response(200, json={"boards": 3}),
        httpx.Response(301, headers={"Location": "https://board.example/"}),
        httpx.Response(404, text="<html>Not Found</html>"),
        httpx.Response(400, text="The plain HTTP request was sent to HTTPS port"),
        problem(404, "not-found"),
    ],
    ids=["html", "other-json", "redirect", "not-found", "needs-tls", "another-path"],
)
async def test_another_server_is_recognised(other: httpx.Response) -> None:
    async with Server(other).client() as client:
        with pytest.raises(UnexpectedAnswerError):
            await client.boards()


@pytest.mark.parametrize(
    "other", [problem(404, "not-found"), httpx.Response(404), httpx.Response(301, headers={"Location": "/"})]
)
async def test_a_wrong_url_is_told_with_what_to_check(other: httpx.Response) -> None:
    async with Server(other).client() as client:
        with pytest.raises(UnexpectedAnswerError, match="is the URL right"):
            await client.boards()


async def test_a_problem_that_is_not_readable_still_has_its_status() -> None:
    broken = httpx.Response(418, content=b"{", headers={"Content-Type": "application/problem+json"})
    async with Server(broken).client() as client:
        with pytest.raises(ProblemError, match="418"):
            await client.boards()


async def test_a_page_is_read_into_types() -> None:
    server = Server(answer(200, PAGE))
    async with server.client() as client:
        page = await client.around("arcade", "ada", period="day", limit=11)
    assert page.entries[0].achieved_at == datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
    assert (page.version, page.total, page.entries[0].rank) == (7, 1, 1)
    assert dict(server.requests[0].url.params) == {"around": "ada", "period": "day", "limit": "11"}


@pytest.mark.parametrize("players", [["ben", "ada"], []])
async def test_the_best_of_some_players_are_asked_for(players: list[str]) -> None:
    server = Server(answer(200, PAGE))
    async with server.client() as client:
        await client.players("arcade", players, limit=1)
    assert dict(server.requests[0].url.params) == {"players": ",".join(players), "limit": "1"}


async def test_names_in_a_path_are_quoted() -> None:
    server = Server(problem(404))
    async with server.client() as client:
        with pytest.raises(ProblemError):
            await client.player("a@b/../c?d")
    assert server.requests[0].url.raw_path == b"/v1/players/a%40b%2F..%2Fc%3Fd"


@pytest.mark.parametrize(("name", "segment"), [(".", b"%2E"), ("..", b"%2E%2E"), ("...", b"..."), ("a|b", b"a%7Cb")])
async def test_no_name_leads_to_another_call(name: str, segment: bytes) -> None:
    server = Server(problem(404))
    async with server.client() as client:
        with pytest.raises(ProblemError):
            await client.delete_board(name)
    assert server.requests[0].url.raw_path == b"/v1/admin/boards/" + segment


async def test_a_document_that_is_being_built_is_followed_until_it_is_there() -> None:
    server = Server(accepted(), job("queued"), job("done"), answer(200, PAGE))
    async with server.client() as client:
        assert (await client.standings("arcade")).document == "arcade:all"
    paths = [request.url.path for request in server.requests]
    standings, job_path = "/v1/boards/arcade/standings", f"/v1/jobs/{JOB}"
    assert paths == [standings, job_path, job_path, standings]


async def test_a_version_that_is_not_reached_yet_is_asked_for_again() -> None:
    server = Server(answer(202, {"job": None, "status": "queued"}), answer(200, PAGE))
    async with server.client() as client:
        assert (await client.players("arcade", ["ada"], version=7)).version == 7
    assert [dict(request.url.params) for request in server.requests] == [{"players": "ada", "version": "7"}] * 2


async def test_a_job_tells_the_versions_to_read_with() -> None:
    state = {"job": JOB, "command": "submit-score", "status": "done", "result": {"versions": {"all": 7}}}
    async with Server(answer(200, state)).client() as client:
        assert (await client.job(JOB)).versions == {"all": 7}


async def test_a_document_that_cannot_be_built_is_a_problem() -> None:
    error = {"type": "/problems/unknown-board", "title": "There is no such board", "status": 404}
    async with Server(accepted(), job("rejected", error)).client() as client:
        with pytest.raises(ProblemError, match="no such board"):
            await client.standings("arcade")


async def test_a_job_that_does_not_end_is_not_waited_for_longer_than_asked() -> None:
    async with Server(job("queued")).client() as client:
        with pytest.raises(NotReadyError) as caught:
            await client.ended(JOB, timeout_s=0.05)
    assert caught.value.job == JOB


async def test_changes_yields_only_what_is_new() -> None:
    newer = {**PAGE, "version": 8}
    server = Server(answer(200, PAGE, ETag='"7"'), httpx.Response(304), answer(200, newer, ETag='"8"'))
    versions = []
    async with server.client() as client:
        async for page in client.changes("arcade", interval_s=0):
            versions.append(page.version)
            if page.version == 8:
                break
    assert versions == [7, 8]
    assert [request.headers.get("If-None-Match") for request in server.requests] == [None, '"7"', '"7"']


async def test_all_boards_follows_the_cursor() -> None:
    one, two = {"board": "a", "title": "A"}, {"board": "b", "title": "B"}
    server = Server(answer(200, {"boards": [one], "next": "c1"}), answer(200, {"boards": [two], "next": None}))
    async with server.client() as client:
        assert [board.board async for board in client.all_boards()] == ["a", "b"]
    assert server.requests[1].url.params["cursor"] == "c1"


async def test_active_boards_are_one_page() -> None:
    server = Server(answer(200, {"boards": [{"board": "a", "title": "A"}], "next": None}))
    async with server.client() as client:
        assert [board.board for board in await client.active_boards(limit=5)] == ["a"]
    assert dict(server.requests[0].url.params) == {"order": "activity", "limit": "5"}


@pytest.mark.parametrize(
    "url", ["", "board.example", "ftp://board.example", "http://", "http://a..b", "http://a:0", "http://a:99999"]
)
def test_what_is_no_url_is_refused_early(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Client(url)


@pytest.mark.parametrize("key", ["", "two words", "clé", "line\nbreak"])
def test_what_is_no_key_is_refused_early(key: str) -> None:
    with pytest.raises(ValueError, match="API key"):
        Client("http://board.example", key)
