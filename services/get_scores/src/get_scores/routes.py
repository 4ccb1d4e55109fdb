"""The reads, as the framework serves and documents them."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency

from get_scores import examples, parameters
from get_scores.adapter import (
    AnyRequest,
    answer_question,
    authorization,
    query_string,
)
from get_scores.boards import Boards
from get_scores.fast_routes import PAGE_TEMPLATE, RANK_TEMPLATE, STANDING_TEMPLATE
from get_scores.players import Players
from get_scores.questions import Questions
from get_scores.standings import Standings
from get_scores.views import BoardList, BoardView, PageView, PeriodList, PlayerView, RankView, StandingView
from highscores.web.answers import respond
from highscores.web.openapi import API_KEY_OR_NONE, described

BoardPath = Annotated[str, parameters.BOARD]
PlayerPath = Annotated[str, parameters.PLAYER]
DocumentPath = Annotated[str, parameters.DOCUMENT]


@get(
    "/v1/boards",
    summary="List boards",
    tags=["boards"],
    security=API_KEY_OR_NONE,
    opt=described(answers=examples.BOARDS, problems=(401, 422), query=parameters.BOARDS),
)
async def list_boards(request: AnyRequest, boards: NamedDependency[Boards]) -> Response[BoardList]:
    """The boards, newest first by creation, or those with the newest activity. Private ones are shown to keys with the
    scope `read` or `admin`."""
    return respond(await boards.list_boards(query_string(request), authorization(request)))


@get(
    "/v1/boards/{board:str}",
    summary="Get a board",
    tags=["boards"],
    security=API_KEY_OR_NONE,
    opt=described(answers=examples.BOARD, problems=(401, 403, 404, 422)),
)
async def get_board(request: AnyRequest, board: BoardPath, boards: NamedDependency[Boards]) -> Response[BoardView]:
    """Its rules, the ids of its current periods, its players and submissions so far."""
    return respond(await boards.get_board(board, query_string(request), authorization(request)))


@get(
    "/v1/boards/{board:str}/periods",
    summary="List a board's periods",
    tags=["boards"],
    security=API_KEY_OR_NONE,
    opt=described(answers=examples.PERIODS, problems=(401, 403, 404, 422), query=parameters.LIST),
)
async def list_periods(request: AnyRequest, board: BoardPath, boards: NamedDependency[Boards]) -> Response[PeriodList]:
    """Every period that has standings, newest first, `all` before the others."""
    return respond(await boards.list_periods(board, query_string(request), authorization(request)))


@get(
    PAGE_TEMPLATE.replace("{board}", "{board:str}"),
    summary="Read a page of standings",
    tags=["standings"],
    security=API_KEY_OR_NONE,
    response_description=examples.VERSIONED,
    responses=examples.DOCUMENT_RESPONSES,
    opt=described(
        answers=examples.PAGE,
        problems=(401, 403, 404, 422),
        headers=parameters.DOCUMENT_HEADERS,
        query={**parameters.PERIOD_AND_REGION, **parameters.PAGE},
    ),
)
async def get_standings(
    request: AnyRequest,
    board: BoardPath,
    questions: NamedDependency[Questions],
    standings: NamedDependency[Standings],
) -> Response[PageView]:
    """The top of the board, the page at a cursor, the page around a player, or the players named."""
    # A GET never comes here: a fast route answers it in front of the framework. HEAD does, and the OpenAPI document.
    question = await questions.board_page(board, query_string(request), authorization(request))
    return await answer_question(standings, question, request)


@get(
    STANDING_TEMPLATE.replace("{board}", "{board:str}").replace("{player}", "{player:str}"),
    summary="Read one standing",
    tags=["standings"],
    security=API_KEY_OR_NONE,
    response_description=examples.VERSIONED,
    responses=examples.DOCUMENT_RESPONSES,
    opt=described(
        answers=examples.STANDING,
        problems=(401, 403, 404, 422),
        headers=parameters.DOCUMENT_HEADERS,
        query=parameters.STANDING,
    ),
)
async def get_standing(
    request: AnyRequest,
    board: BoardPath,
    player: PlayerPath,
    questions: NamedDependency[Questions],
    standings: NamedDependency[Standings],
) -> Response[StandingView]:
    """A player's standing with its rank, the number of players, and the percentile: the first has 100.

    With `targets`, also the `score` that stands at each of these places now, and the `gap`: how far the player's own
    score is from that one, never negative on any board. It is 0 for who stands there or higher, and also for who has
    the same score and stands lower, because the sub-scores or the time decide: where ranks are ordinal, standing there
    takes more than the gap. A place beyond the end of the board has `score` null and `gap` 0, since whoever stands on
    the board is within it."""
    question = await questions.board_standing(board, player, query_string(request), authorization(request))
    return await answer_question(standings, question, request)


@get(
    RANK_TEMPLATE.replace("{board}", "{board:str}"),
    summary="Ask which rank a score would take",
    tags=["standings"],
    security=API_KEY_OR_NONE,
    response_description=examples.VERSIONED,
    responses=examples.DOCUMENT_RESPONSES,
    opt=described(
        answers=examples.RANK,
        problems=(401, 403, 404, 422),
        headers=parameters.DOCUMENT_HEADERS,
        query=parameters.RANK,
    ),
)
async def get_rank(
    request: AnyRequest,
    board: BoardPath,
    questions: NamedDependency[Questions],
    standings: NamedDependency[Standings],
) -> Response[RankView]:
    """What if: the rank that this score would take now, if a player without a standing there submitted it. It comes
    after all equal ones; on a board with competition ranks it shares theirs. Nothing is submitted, and nothing is kept.

    `total` and `percentile` are those of the board with this score on it: `total` is one more than the standings that
    are there now, and where there are none the answer is rank 1 of 1."""
    question = await questions.board_rank(board, query_string(request), authorization(request))
    return await answer_question(standings, question, request)


@get(
    "/v1/documents/{document:str}",
    summary="Read a page of a document",
    tags=["standings"],
    security=API_KEY_OR_NONE,
    response_description=examples.VERSIONED,
    responses=examples.DOCUMENT_RESPONSES,
    opt=described(
        answers=examples.PAGE, problems=(401, 403, 404, 422), headers=parameters.DOCUMENT_HEADERS, query=parameters.PAGE
    ),
)
async def get_document(
    request: AnyRequest,
    document: DocumentPath,
    questions: NamedDependency[Questions],
    standings: NamedDependency[Standings],
) -> Response[PageView]:
    """The same page as that of the board's standings, by the id that pages and jobs name."""
    question = await questions.document_page(document, query_string(request), authorization(request))
    return await answer_question(standings, question, request)


@get(
    "/v1/players/{player:str}",
    summary="Read a player's standings",
    tags=["players"],
    security=API_KEY_OR_NONE,
    opt=described(answers=examples.PLAYER, problems=(401, 404, 422)),
)
async def get_player(
    request: AnyRequest, player: PlayerPath, players: NamedDependency[Players]
) -> Response[PlayerView]:
    """The player's standings in the current periods of all boards that the caller may see. Ranks are those of
    documents in the cache, null for the others; reading a board's standings brings its document in."""
    return respond(await players.get_player(player, query_string(request), authorization(request)))


ROUTES = (list_boards, get_board, list_periods, get_standings, get_standing, get_rank, get_document, get_player)
