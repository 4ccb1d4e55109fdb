"""What is asked of a document: which of its entries."""

import re
from collections.abc import Sequence
from functools import partial

import msgspec

from highscores.documents.cursor import Cursor
from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.domain.fields import PLAYER_ID_RULE, SCORE_LIMIT
from highscores.domain.problems import ProblemError, invalid_field
from highscores.web.query_string import QueryString, require_each
from highscores.web.request_validation import is_player_id

LIMIT_MAX = 100
LIMIT_DEFAULT = 25
PLAYERS_MAX = 100
TARGETS_MAX = 10

VERSION_DIGITS = 18

# In queries as forms encode them. Were a blank taken for a plus, clients would learn of their mistake elsewhere.
PLUS_RULE = "a + is %2B in a query, since a bare + there is a blank"

DOCUMENT_PARAMETERS = frozenset({"period", "region"})
# Of each kind of question about a document.
PAGE_PARAMETERS = frozenset({"version", "limit", "cursor", "around", "players"})
STANDING_PARAMETERS = frozenset({"version", "targets"})
RANK_PARAMETERS = frozenset({"version", "score", "subscores"})

INTEGER_PATTERN = "-?(?:0|[1-9][0-9]{0,15})"
# A place, or a share of more than nothing: its percent have at most three decimals, as library.lua reckons them.
_THOUSANDTHS = "0[.](?:[1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9])"
_SHARE = f"percent:(?:100(?:[.]0{{1,3}})?|[1-9][0-9]?(?:[.][0-9]{{1,3}})?|{_THOUSANDTHS})"
TARGET_PATTERN = f"(?:[1-9][0-9]{{0,8}}|{_SHARE})"

_SCORE_RULE = f"must be a whole number from {-SCORE_LIMIT} to {SCORE_LIMIT}"
_INTEGER = re.compile(INTEGER_PATTERN)
_TARGET = re.compile(TARGET_PATTERN)


class Window(msgspec.Struct, frozen=True):
    """Consecutive entries: from the top, or from where a cursor stands."""

    limit: int
    cursor: Cursor | None = None


class Around(msgspec.Struct, frozen=True):
    """Consecutive entries with this player in the middle."""

    limit: int
    player: str


class Named(msgspec.Struct, frozen=True):
    """These players alone, each once, and of them the `limit` best; sorted, so that the same friends in another order
    are the same question."""

    players: tuple[str, ...]
    limit: int | None = None


class Alone(msgspec.Struct, frozen=True):
    """The standing of this player, by itself, and what it lacks to the targets: places, or shares of the board."""

    player: str
    targets: tuple[str, ...] = ()


class Hypothetical(msgspec.Struct, frozen=True):
    """The rank of a score that nobody has submitted, with as many sub-scores as the board names."""

    score: int
    subscores: tuple[int, ...]


Selection = Window | Around | Named
Asked = Selection | Alone | Hypothetical


def limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LIMIT_MAX):
        raise ValueError(f"must be a whole number from 1 to {LIMIT_MAX}")
    return int(text)


def player(text: str) -> str:
    if not is_player_id(text):
        raise ValueError(_player_rule([text]))
    return text


def players(text: str) -> tuple[str, ...]:
    named = text.split(",") if text else []
    if len(named) > PLAYERS_MAX:
        raise ValueError(f"must name at most {PLAYERS_MAX} players")
    require_each(named, is_player_id, _player_rule(named))
    return tuple(sorted(set(named)))


def version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS):
        raise ValueError("must be a version, as a page and the result of a job tell it")
    return int(text)


def at_least(query: QueryString) -> int:
    """Read the version that the answer must have reached, 0 for whichever is there."""
    return query.take("version", version) or 0


def targets(text: str) -> tuple[str, ...]:
    named = text.split(",")
    if len(named) > TARGETS_MAX:
        raise ValueError(f"must name at most {TARGETS_MAX} targets")
    require_each(
        named,
        lambda target: bool(_TARGET.fullmatch(target)),
        "must be a place such as 10, or a share such as percent:5",
    )
    return tuple(named)


def score(text: str) -> int:
    if not _is_score(text):
        raise ValueError(_SCORE_RULE)
    return int(text)


def subscores(rules: Board, text: str) -> tuple[int, ...]:
    given = text.split(",")
    require_each(given, _is_score, _SCORE_RULE)
    values = tuple(map(int, given))
    if (reason := rules.subscores_error(values)) is not None:
        raise ValueError(reason)
    return values


def hypothetical(query: QueryString, rules: Board) -> Hypothetical | None:
    """Read which score is asked for; None when it is wrong, which `query.check` tells. No sub-scores are zeros."""
    points = query.require("score", score)
    given = query.take("subscores", partial(subscores, rules))
    return None if points is None else Hypothetical(points, given or (0,) * len(rules.subscores))


def selection(query: QueryString) -> Selection:
    """Read which entries of a document are asked for; it counts only if `query.check` finds nothing wrong."""
    size = query.take("limit", limit)
    cursor = query.take("cursor", Cursor.decode)
    middle = query.take("around", player)
    named = query.take("players", players)
    query.refuse_combinations("cursor", "around", "players")
    if named is not None:
        return Named(named, size)
    return Around(size or LIMIT_DEFAULT, middle) if middle else Window(size or LIMIT_DEFAULT, cursor)


def check_cursor(asked: Selection, document: DocumentId) -> None:
    """Raise ProblemError when the cursor stands in another document."""
    if isinstance(asked, Window) and asked.cursor and asked.cursor.document != str(document):
        raise ProblemError(invalid_field("cursor", "belongs to another document"))


def _player_rule(named: Sequence[str]) -> str:
    """Return what is told of ids of which some are wrong: of the plus only if one may have been meant."""
    could_be_plus = any(not is_player_id(name) and is_player_id(name.replace(" ", "+")) for name in named)
    return f"{PLAYER_ID_RULE}; {PLUS_RULE}" if could_be_plus else PLAYER_ID_RULE


def _is_score(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and abs(int(text)) <= SCORE_LIMIT


def _is_target(text: str) -> bool:
    return _TARGET.fullmatch(text) is not None
