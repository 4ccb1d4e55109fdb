"""The hot routes: a board's standings, and the rank of a score, answered in front of the framework.

Most requests ask for what the request before them asked for. So the reading of a request is remembered for a moment,
by its raw path and query, and the page is in process: such a request costs three look-ups.
"""

import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from get_scores.preferences import WAIT_DEFAULT_S, wait_s
from get_scores.questions import Questions
from get_scores.standings import Question, Rendition, Standings
from highscores.web.answers import Answer
from highscores.web.board_directory import BoardDirectory
from highscores.web.edge import FastRequest, FastRoute, extend_deadline
from highscores.web.negotiation import require_json_answer

REMEMBERED_S = 0.25
REMEMBERED_MAX = 1_000
PAGE_TEMPLATE = "/v1/boards/{board}/standings"
STANDING_TEMPLATE = PAGE_TEMPLATE + "/{player}"
RANK_TEMPLATE = "/v1/boards/{board}/rank"

_PATH = re.compile("/v1/boards/([^/]+)/(?:(rank)|standings(?:/([^/]+))?)")

# From path, query string and authorization to what they ask; raises what Questions raises.
Reading: TypeAlias = Callable[[str, bytes, bytes | None], Awaitable[Question]]


class StandingsRoutes:
    def __init__(self, directory: BoardDirectory, questions: Questions, standings: Standings) -> None:
        self._directory = directory
        self._questions = questions
        self._standings = standings
        self._remembered: dict[tuple[str, bytes], tuple[Question, float]] = {}
        self._changes_heard = 0
        self._page = self._route(PAGE_TEMPLATE, self._read_page)
        self._standing = self._route(STANDING_TEMPLATE, self._read_standing)
        self._rank = self._route(RANK_TEMPLATE, self._read_rank)

    def find(self, method: str, path: str) -> FastRoute | None:
        found = _PATH.fullmatch(path) if method == "GET" else None
        if found is None:
            return None
        if found[2] is not None:
            return self._rank
        return self._page if found[3] is None else self._standing

    def _route(self, template: str, read: Reading) -> FastRoute:
        return FastRoute(template, partial(self._answer, read), self._answer_at_once)

    async def _read_page(self, path: str, query_string: bytes, authorization: bytes | None) -> Question:
        board, _ = _parts(path)
        return await self._questions.board_page(board, query_string, authorization)

    async def _read_standing(self, path: str, query_string: bytes, authorization: bytes | None) -> Question:
        board, player = _parts(path)
        return await self._questions.board_standing(board, player, query_string, authorization)

    async def _read_rank(self, path: str, query_string: bytes, authorization: bytes | None) -> Question:
        board, _ = _parts(path)
        return await self._questions.board_rank(board, query_string, authorization)

    def _answer_at_once(self, request: FastRequest) -> Answer | None:
        require_json_answer(request.headers.get(b"accept"))
        question = self._remembered_question(request)
        rendered = self._standings.at_hand(question) if question is not None else None
        return rendered.answer(request.headers.get(b"if-none-match")) if rendered is not None else None

    async def _answer(self, read: Reading, request: FastRequest) -> Answer:
        question = self._remembered_question(request)
        if question is None:
            path, query_string = request.scope["path"], request.scope["query_string"]
            question = await read(path, query_string, request.headers.get(b"authorization"))
            self._remember(path, query_string, question)
        wait = wait_s(request.headers.get(b"prefer"))
        extend_deadline(request.scope, wait or 0)
        answer = await self._standings.answer(question, WAIT_DEFAULT_S if wait is None else wait)
        return answer.answer(request.headers.get(b"if-none-match")) if isinstance(answer, Rendition) else answer

    def _remembered_question(self, request: FastRequest) -> Question | None:
        if self._changes_heard != self._directory.changes_heard:
            self._remembered.clear()  # a board may be gone, or private now
            self._changes_heard = self._directory.changes_heard
        remembered = self._remembered.get((request.scope["path"], request.scope["query_string"]))
        return remembered[0] if remembered is not None and time.monotonic() < remembered[1] else None

    def _remember(self, path: str, query_string: bytes, question: Question) -> None:
        if question.target.private:
            return  # each request shows its own key
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[path, query_string] = (question, time.monotonic() + REMEMBERED_S)


def _parts(path: str) -> tuple[str, str]:
    """Return the board and the player, "" for none, of a path that was found."""
    found = _PATH.fullmatch(path)
    assert found is not None
    return found[1], found[3] or ""
