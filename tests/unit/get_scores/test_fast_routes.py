"""The hot routes: which requests it takes, and what it keeps at hand."""

from typing import Any

import pytest

from get_scores.fast_routes import StandingsRoutes
from get_scores.query import Alone, Hypothetical, Window
from get_scores.standings import Question, Rendition, ResolvedDocument
from highscores.documents.keys import DocumentKey
from highscores.domain.documents import DocumentId
from highscores.domain.periods import ALL_TIME
from highscores.domain.problems import ProblemError
from highscores.web.answers import Answer
from highscores.web.edge import FastRequest

RENDERED = Rendition(7, b'"7"', Answer(200, [], b"page"), Answer(304, [], b""))


class FakeDirectory:
    changes_heard = 0


class FakeQuestions:
    def __init__(self, *, private: bool) -> None:
        self.private = private
        self.asked: list[tuple[str, bytes, bytes | None]] = []

    async def board_page(self, board: str, query_string: bytes, authorization: bytes | None) -> Question:
        self.asked.append((board, query_string, authorization))
        return Question(self._target(board), Window(25))

    async def board_standing(
        self, board: str, player: str, query_string: bytes, authorization: bytes | None
    ) -> Question:
        self.asked.append((f"{board} {player}", query_string, authorization))
        return Question(self._target(board), Alone(player))

    async def board_rank(self, board: str, query_string: bytes, authorization: bytes | None) -> Question:
        self.asked.append((f"rank on {board}", query_string, authorization))
        return Question(self._target(board), Hypothetical(5, ()))

    def _target(self, board: str) -> ResolvedDocument:
        return ResolvedDocument(
            DocumentKey(1, DocumentId(board, "all")), ALL_TIME, self.private, recomputing=False, bucket=0
        )


class FakeStandings:
    def __init__(self) -> None:
        self.waits: list[float] = []
        self.fresh: Rendition | None = None

    def at_hand(self, question: Question) -> Rendition | None:
        return self.fresh

    async def answer(self, question: Question, wait_s: float) -> Rendition:
        self.waits.append(wait_s)
        self.fresh = RENDERED
        return RENDERED


def routes(
    *, private: bool = False, directory: Any = FakeDirectory
) -> tuple[StandingsRoutes, FakeQuestions, FakeStandings]:
    questions: Any = FakeQuestions(private=private)
    standings: Any = FakeStandings()
    return StandingsRoutes(directory, questions, standings), questions, standings


def request(path: str = "/v1/boards/arcade/standings", **headers: bytes) -> FastRequest:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    receive: Any = None
    return FastRequest({"path": path, "query_string": b"limit=5"}, named, receive)


@pytest.mark.parametrize("path", ["/v1/boards/arcade/standings", "/v1/boards/Any%20thing/standings"])
def test_takes_a_boards_standings(path: str) -> None:
    found = routes()[0].find("GET", path)
    assert found is not None
    assert found.template == "/v1/boards/{board}/standings"


@pytest.mark.parametrize("path", ["/v1/boards/arcade/standings/ada", "/v1/boards/standings/standings/standings"])
def test_takes_one_standing(path: str) -> None:
    found = routes()[0].find("GET", path)
    assert found is not None
    assert found.template == "/v1/boards/{board}/standings/{player}"


async def test_asks_for_the_standing_that_the_path_names() -> None:
    subject, questions, _ = routes()
    path = "/v1/boards/standings/standings/ada:1"
    found = subject.find("GET", path)
    assert found is not None
    await found.answer(request(path))
    assert questions.asked == [("standings ada:1", b"limit=5", None)]


async def test_takes_the_rank_of_a_score() -> None:
    subject, questions, _ = routes()
    found = subject.find("GET", "/v1/boards/rank/rank")
    assert found is not None
    assert found.template == "/v1/boards/{board}/rank"
    await found.answer(request("/v1/boards/rank/rank"))
    assert questions.asked == [("rank on rank", b"limit=5", None)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/v1/boards/arcade/standings"),
        ("HEAD", "/v1/boards/arcade/rank"),
        ("GET", "/v1/boards/arcade/rank/"),
        ("GET", "/v1/boards/arcade/rank/ada"),
        ("GET", "/v1/boards/arcade/ranks"),
        ("GET", "/v1/boards/rank"),
        ("POST", "/v1/boards/arcade/standings"),
        ("GET", "/v1/boards/a/b/standings"),
        ("GET", "/v1/boards/arcade"),
        ("GET", "/v1/boards/standings"),
        ("GET", "/v1/boards/standings/ada"),
        ("GET", "/v1/boards/arcade/standings/"),
        ("GET", "/v1/boards/arcade/standings/ada/x"),
    ],
)
def test_leaves_everything_else(method: str, path: str) -> None:
    assert routes()[0].find(method, path) is None


async def test_a_public_page_is_at_hand_the_second_time() -> None:
    subject, questions, standings = routes()
    found = subject.find("GET", "/v1/boards/arcade/standings")
    assert found is not None
    assert found.answer_at_once is not None
    assert found.answer_at_once(request()) is None
    assert (await found.answer(request())).status == 200
    again = found.answer_at_once(request(if_none_match=b'"7"'))
    assert again is not None
    assert again.status == 304
    assert questions.asked == [("arcade", b"limit=5", None)]
    assert standings.waits == [2]


async def test_a_change_of_a_board_is_heeded_at_once() -> None:
    directory = FakeDirectory()
    subject, questions, _ = routes(directory=directory)
    found = subject.find("GET", "/v1/boards/arcade/standings")
    assert found is not None
    assert found.answer_at_once is not None
    await found.answer(request())
    directory.changes_heard += 1
    questions.private = True
    assert found.answer_at_once(request()) is None
    await found.answer(request())
    assert len(questions.asked) == 2


async def test_each_request_to_a_private_board_shows_its_key() -> None:
    subject, questions, _ = routes(private=True)
    found = subject.find("GET", "/v1/boards/arcade/standings")
    assert found is not None
    assert found.answer_at_once is not None
    await found.answer(request(authorization=b"Bearer a"))
    assert found.answer_at_once(request()) is None
    await found.answer(request())
    assert [authorization for _, _, authorization in questions.asked] == [b"Bearer a", None]


async def test_waits_as_preferred() -> None:
    subject, _, standings = routes()
    found = subject.find("GET", "/v1/boards/arcade/standings")
    assert found is not None
    for prefer in (b"wait=0", b"wait=7", b"wait=x"):
        await found.answer(request(prefer=prefer))
    assert standings.waits == [0, 7, 2]


def test_json_must_be_acceptable() -> None:
    found = routes()[0].find("GET", "/v1/boards/arcade/standings")
    assert found is not None
    assert found.answer_at_once is not None
    with pytest.raises(ProblemError) as caught:
        found.answer_at_once(request(accept=b"text/html"))
    assert caught.value.problem.status == 406
