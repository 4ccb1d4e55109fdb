"""Between the framework's requests and answers and this service's own."""

from typing import Any

from litestar import Request, Response

from get_scores.preferences import WAIT_DEFAULT_S, wait_s
from get_scores.standings import Question, Rendition, Standings
from highscores.web.answers import respond
from highscores.web.edge import extend_deadline
from highscores.web.request_validation import raw_headers

AnyRequest = Request[Any, Any, Any]


def authorization(request: AnyRequest) -> bytes | None:
    return raw_headers(request).get(b"authorization")


def query_string(request: AnyRequest) -> bytes:
    raw: bytes = request.scope["query_string"]
    return raw


async def answer_question(standings: Standings, question: Question, request: AnyRequest) -> Response[Any]:
    """Answer from the document, waiting for it as long as the client prefers."""
    headers = raw_headers(request)
    wait = wait_s(headers.get(b"prefer"))
    extend_deadline(request.scope, wait or 0)
    answer = await standings.answer(question, WAIT_DEFAULT_S if wait is None else wait)
    return respond(answer.answer(headers.get(b"if-none-match")) if isinstance(answer, Rendition) else answer)
