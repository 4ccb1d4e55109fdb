"""From a request to what it asks: which document, and what of it."""

import time

from get_scores import query
from get_scores.access import Access, is_private
from get_scores.query import DOCUMENT_PARAMETERS, PAGE_PARAMETERS, RANK_PARAMETERS, STANDING_PARAMETERS
from get_scores.standings import Question, ResolvedDocument
from highscores.documents.keys import DocumentKey
from highscores.domain import problems
from highscores.domain.documents import DocumentId
from highscores.domain.periods import MICROSECONDS, Period
from highscores.domain.problems import ProblemError
from highscores.domain.ranking import tie_width
from highscores.ledger.reads import BoardRecord
from highscores.web.document_resolution import resolve
from highscores.web.query_string import QueryString
from highscores.web.request_validation import is_player_id


class Questions:
    """Reads requests about documents. Each method raises ProblemError: 401, 403, 404, or 422 naming what is wrong."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def board_page(self, board: str, query_string: bytes, authorization: bytes | None) -> Question:
        record = await self._access.find_board(board, authorization)
        if record is None:
            raise ProblemError(problems.unknown_board(board))
        parameters = QueryString(query_string, PAGE_PARAMETERS | DOCUMENT_PARAMETERS)
        asked, at_least = query.selection(parameters), query.at_least(parameters)
        target = _target(record, parameters)
        query.check_cursor(asked, target.document)
        return Question(target, asked, at_least)

    async def board_standing(
        self, board: str, player: str, query_string: bytes, authorization: bytes | None
    ) -> Question:
        record = await self._access.find_board(board, authorization)
        if record is None:
            raise ProblemError(problems.unknown_board(board))
        parameters = QueryString(query_string, STANDING_PARAMETERS | DOCUMENT_PARAMETERS)
        at_least = query.at_least(parameters)
        targets = parameters.take("targets", query.targets) or ()
        target = _target(record, parameters)
        if not is_player_id(player):
            raise ProblemError(problems.unknown_player())
        return Question(target, query.Alone(player, targets), at_least)

    async def board_rank(self, board: str, query_string: bytes, authorization: bytes | None) -> Question:
        record = await self._access.find_board(board, authorization)
        if record is None:
            raise ProblemError(problems.unknown_board(board))
        parameters = QueryString(query_string, RANK_PARAMETERS | DOCUMENT_PARAMETERS)
        asked, at_least = query.hypothetical(parameters, record.rules), query.at_least(parameters)
        target = _target(record, parameters)
        assert asked is not None
        return Question(target, asked, at_least)

    async def document_page(self, text: str, query_string: bytes, authorization: bytes | None) -> Question:
        document = _parse(text)
        record = await self._access.find_board(document.board, authorization) if document else None
        if document is None or record is None:
            raise ProblemError(problems.unknown_document())
        target = _named_target(record, document)
        parameters = QueryString(query_string, PAGE_PARAMETERS)
        asked, at_least = query.selection(parameters), query.at_least(parameters)
        parameters.check()
        query.check_cursor(asked, document)
        return Question(target, asked, at_least)


def _target(record: BoardRecord, parameters: QueryString) -> ResolvedDocument:
    """Raise ProblemError with whatever is wrong with the parameters, those for the target and all others."""
    period, region = parameters.value("period"), parameters.value("region")
    found = parameters.attempt(lambda: resolve(record.board, record.rules, period, region, _now()))
    parameters.check()
    assert found is not None
    document, meant_period = found
    return _resolved(record, document, meant_period)


def _named_target(record: BoardRecord, document: DocumentId) -> ResolvedDocument:
    """The board must keep this very document: an id that only means one (the current day, say) is none."""
    try:
        meant, period = resolve(record.board, record.rules, document.period, document.region, _now())
    except ProblemError:
        meant = None
    if meant != document:
        raise ProblemError(problems.unknown_document())
    return _resolved(record, document, period)


def _resolved(record: BoardRecord, document: DocumentId, period: Period) -> ResolvedDocument:
    return ResolvedDocument(
        DocumentKey(record.number, document),
        period,
        is_private(record.rules),
        # Only the versions of such periods move when the recomputation begins and ends: so must their pages alone.
        recomputing=period.kind in record.recomputing,
        bucket=record.bucket,
        tie_width=tie_width(record.rules),
        orders=record.rules.orders,
    )


def _parse(text: str) -> DocumentId | None:
    try:
        return DocumentId.parse(text)
    except ValueError:
        return None


def _now() -> int:
    return int(time.time() * MICROSECONDS)
