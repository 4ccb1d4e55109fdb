"""From exceptions to problems: what a client may know."""

import pytest
import structlog
from litestar.exceptions import ClientException, MethodNotAllowedException, NotFoundException

from highscores.domain.problems import ProblemError, unknown_board
from highscores.domain.unavailable import UnavailableError
from highscores.queue.publisher import UnconfirmedError
from highscores.web.problems import answer_of, problem_of


def test_a_problem_is_answered_as_it_is_with_its_headers() -> None:
    answer = answer_of(ProblemError(unknown_board("arcade"), {"Retry-After": "3"}))
    assert answer.status == 404
    assert (b"content-type", b"application/problem+json") in answer.headers
    assert (b"retry-after", b"3") in answer.headers
    assert answer.body == (
        b'{"type":"/problems/unknown-board","title":"There is no such board","status":404,'
        b'"detail":"No board has the id arcade."}'
    )


@pytest.mark.parametrize("error", [UnconfirmedError("not connected"), UnavailableError(), TimeoutError()])
def test_what_is_down_is_503_with_retry_after(error: Exception) -> None:
    problem, headers = problem_of(error)
    assert problem.type == "/problems/unavailable"
    assert headers == {"Retry-After": "1"}


@pytest.mark.parametrize(
    ("error", "slug", "status"),
    [
        (NotFoundException(), "not-found", 404),
        (MethodNotAllowedException(headers={"allow": "GET"}), "method-not-allowed", 405),
        (ClientException("Invalid host header"), "bad-request", 400),
    ],
)
def test_the_frameworks_errors_have_our_words(error: Exception, slug: str, status: int) -> None:
    problem, _ = problem_of(error)
    assert (problem.type, problem.status) == (f"/problems/{slug}", status)


def test_what_is_unexpected_is_logged_and_tells_nothing() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = answer_of(RuntimeError("select secret from keys at db.internal"))
    assert answer.body == b'{"type":"/problems/internal","title":"The service failed","status":500}'
    assert [log["event"] for log in logs] == ["request.failed"]


@pytest.mark.parametrize("text", ["", "<script>", "a b", "A", "-a", "a" * 64, "a\n"])
def test_a_text_that_can_be_no_board_is_not_repeated(text: str) -> None:
    assert unknown_board(text).detail == ""
