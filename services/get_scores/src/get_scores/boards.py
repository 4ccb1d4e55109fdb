"""Boards and their periods: what PostgreSQL knows of them."""

import time
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from get_scores import query
from get_scores.access import Access, is_private, list_headers, read_headers
from get_scores.page_cache import Cache, Limits
from get_scores.query import LIMIT_DEFAULT, LIMIT_MAX
from get_scores.views import BoardList, BoardView, CountedPeriodView, PeriodList
from highscores.domain import problems
from highscores.domain.cursors import BoardsCursor, CursorCodec, PeriodsCursor
from highscores.domain.periods import MICROSECONDS
from highscores.domain.problems import ProblemError
from highscores.domain.unavailable import UnavailableError
from highscores.ledger import reads
from highscores.ledger.query_deadline import ask
from highscores.ledger.reads import BoardRecord
from highscores.web.answers import Answer, json_answer
from highscores.web.query_string import QueryString, require_no_parameters

LIST_PARAMETERS = frozenset({"limit", "cursor"})
BOARDS_PARAMETERS = LIST_PARAMETERS | {"order"}
# Never older than the request, unless PostgreSQL is down; but those who ask at the same time share one answer.
LISTS_LIMITS = Limits(fresh_s=0.0, stale_s=60.0, entries=1_000, bytes=16 * 1024**2)

_boards_cursors = CursorCodec(BoardsCursor)
_periods_cursors = CursorCodec(PeriodsCursor)


class Boards:
    """Each method raises ProblemError (401, 403, 404, 422) or UnavailableError."""

    def __init__(self, engine: AsyncEngine, access: Access) -> None:
        self._engine = engine
        self._access = access
        self._lists: Cache[tuple[object, ...], Answer] = Cache(
            LISTS_LIMITS, size=lambda answer: len(answer.body), faults=(UnavailableError,)
        )

    async def list_boards(self, query_string: bytes, authorization: bytes | None) -> Answer:
        with_private = await self._access.sees_private_boards(authorization)
        parameters = QueryString(query_string, BOARDS_PARAMETERS)
        by_activity = parameters.take("order", _is_activity) or False
        limit = parameters.take("limit", query.limit) or (LIMIT_MAX if by_activity else LIMIT_DEFAULT)
        after = parameters.take("cursor", _boards_cursors.decode)
        parameters.refuse_combinations("order", "cursor")
        parameters.check()

        async def load() -> Answer:
            if by_activity:
                # One page, since a board that is played on meanwhile would be on two of them, and another on none.
                shown = await ask(reads.list_active_boards(self._engine, with_private=with_private, limit=limit))
                following = None
            else:
                found = await ask(
                    reads.list_boards(self._engine, with_private=with_private, limit=limit + 1, after=after)
                )
                shown = found[:limit]
                following = _boards_cursors.encode(reads.boards_cursor(shown[-1])) if len(found) > limit else None
            return json_answer(
                200,
                BoardList([BoardView.of(record, _now()) for record in shown], following),
                list_headers(with_private=with_private),
            )

        return await self._share(("boards", with_private, by_activity, limit, after), load)

    async def get_board(self, board: str, query_string: bytes, authorization: bytes | None) -> Answer:
        record = await self._visible(board, authorization)
        require_no_parameters(query_string)
        return json_answer(200, BoardView.of(record, _now()), read_headers(private=is_private(record.rules)))

    async def list_periods(self, board: str, query_string: bytes, authorization: bytes | None) -> Answer:
        record = await self._visible(board, authorization)
        parameters = QueryString(query_string, LIST_PARAMETERS)
        limit = parameters.take("limit", query.limit) or LIMIT_DEFAULT
        after = parameters.take("cursor", _periods_cursors.decode)
        parameters.check()

        async def load() -> Answer:
            found = await ask(reads.list_periods(self._engine, record, limit=limit + 1, after=after))
            shown = found[:limit]
            following = _periods_cursors.encode(reads.periods_cursor(shown[-1])) if len(found) > limit else None
            return json_answer(
                200,
                PeriodList([CountedPeriodView.of(board, period) for period in shown], following),
                read_headers(private=is_private(record.rules)),
            )

        return await self._share(
            ("periods", record.number, record.rules.visibility, record.rules.periods, limit, after), load
        )

    async def _share(self, key: tuple[object, ...], load: Callable[[], Awaitable[Answer]]) -> Answer:
        answer = await self._lists.get(key, load)
        assert answer is not None
        return answer

    async def _visible(self, board: str, authorization: bytes | None) -> BoardRecord:
        record = await self._access.find_board(board, authorization)
        if record is None:
            raise ProblemError(problems.unknown_board(board))
        return record


def _is_activity(text: str) -> bool:
    if text != "activity":
        raise ValueError("must be activity; without it, boards are listed by their creation")
    return True


def _now() -> int:
    return int(time.time() * MICROSECONDS)
