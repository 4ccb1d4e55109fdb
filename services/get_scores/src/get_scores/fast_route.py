"""The hot route: pages of a board's standings, answered in front of the framework.

Most requests ask for what the request before them asked for. So the reading of a request is remembered for a moment,
by its raw path and query, and the page is in process: such a request costs three look-ups.
"""

import time

from get_scores.preferences import WAIT_DEFAULT_S, wait_s
from get_scores.questions import Questions
from get_scores.standings import Question, Rendition, Standings
from highscores.web.answers import Answer
from highscores.web.board_directory import BoardDirectory
from highscores.web.edge import FastRequest, FastRoute, extend_deadline
from highscores.web.negotiation import require_json_answer

REMEMBERED_S = 0.25
REMEMBERED_MAX = 1_000
TEMPLATE = "/v1/boards/{board}/standings"

_BEFORE, _AFTER = TEMPLATE.split("{board}")


class StandingsRoute:
    def __init__(self, directory: BoardDirectory, questions: Questions, standings: Standings) -> None:
        self._directory = directory
        self._questions = questions
        self._standings = standings
        self._remembered: dict[tuple[str, bytes], tuple[Question, float]] = {}
        self._changes_heard = 0
        self._route = FastRoute(TEMPLATE, self._answer, self._answer_at_once)

    def find(self, method: str, path: str) -> FastRoute | None:
        if method == "GET" and path.startswith(_BEFORE) and path.endswith(_AFTER):
            board = _board(path)  # empty where both ends share a slash: the path of a board named `standings`
            return self._route if board and "/" not in board else None
        return None

    def _answer_at_once(self, request: FastRequest) -> Answer | None:
        require_json_answer(request.headers.get(b"accept"))
        question = self._remembered_question(request)
        rendered = self._standings.at_hand(question) if question is not None else None
        return rendered.answer(request.headers.get(b"if-none-match")) if rendered is not None else None

    async def _answer(self, request: FastRequest) -> Answer:
        question = self._remembered_question(request)
        if question is None:
            path, query_string = request.scope["path"], request.scope["query_string"]
            authorization = request.headers.get(b"authorization")
            question = await self._questions.board_page(_board(path), query_string, authorization)
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


def _board(path: str) -> str:
    return path[len(_BEFORE) : -len(_AFTER)]
