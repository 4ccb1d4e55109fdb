"""What is asked of a document: which of its entries."""

import msgspec

from highscores.documents.cursor import Cursor
from highscores.domain.documents import DocumentId
from highscores.domain.fields import PLAYER_ID_RULE
from highscores.domain.problems import ProblemError, invalid_field
from highscores.web.query_string import QueryString
from highscores.web.request_validation import is_player_id

LIMIT_MAX = 100
LIMIT_DEFAULT = 25
PLAYERS_MAX = 100

VERSION_DIGITS = 18

STANDING_PARAMETERS = frozenset({"version"})
PAGE_PARAMETERS = STANDING_PARAMETERS | {"limit", "cursor", "around", "players"}
DOCUMENT_PARAMETERS = frozenset({"period", "region"})


class Window(msgspec.Struct, frozen=True):
    """Consecutive entries: from the top, or from where a cursor stands."""

    limit: int
    cursor: Cursor | None = None


class Around(msgspec.Struct, frozen=True):
    """Consecutive entries with this player in the middle."""

    limit: int
    player: str


class Named(msgspec.Struct, frozen=True):
    """These players alone, each once; sorted, so that the same friends in another order are the same question."""

    players: tuple[str, ...]


class Alone(msgspec.Struct, frozen=True):
    """The standing of this player, by itself."""

    player: str


Selection = Window | Around | Named


def limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LIMIT_MAX):
        raise ValueError(f"must be a whole number from 1 to {LIMIT_MAX}")
    return int(text)


def player(text: str) -> str:
    if not is_player_id(text):
        raise ValueError(PLAYER_ID_RULE)
    return text


def players(text: str) -> tuple[str, ...]:
    named = text.split(",")
    if len(named) > PLAYERS_MAX:
        raise ValueError(f"must name at most {PLAYERS_MAX} players")
    return tuple(sorted({player(name) for name in named}))


def version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS):
        raise ValueError("must be a version, as a page and the result of a job tell it")
    return int(text)


def at_least(query: QueryString) -> int:
    """Read the version that the answer must have reached, 0 for whichever is there."""
    return query.take("version", version) or 0


def selection(query: QueryString) -> Selection:
    """Read which entries of a document are asked for; it counts only if `query.check` finds nothing wrong."""
    size = query.take("limit", limit) or LIMIT_DEFAULT
    cursor = query.take("cursor", Cursor.decode)
    middle = query.take("around", player)
    named = query.take("players", players)
    query.refuse_combinations("cursor", "around", "players")
    if named:
        return Named(named)
    return Around(size, middle) if middle else Window(size, cursor)


def check_cursor(asked: Selection | Alone, document: DocumentId) -> None:
    """Raise ProblemError when the cursor stands in another document."""
    if isinstance(asked, Window) and asked.cursor and asked.cursor.document != str(document):
        raise ProblemError(invalid_field("cursor", "belongs to another document"))
