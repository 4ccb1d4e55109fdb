"""Query strings, read strictly: what is unknown, given twice or wrong is named, all of it in one answer."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from highscores.documents.store import Cursor
from highscores.domain.documents import DocumentId
from highscores.domain.fields import PLAYER_ID_RULE
from highscores.domain.problems import FieldError, ProblemError, invalid_field, invalid_fields
from highscores.web.request_validation import is_player_id

LIMIT_MAX = 100
LIMIT_DEFAULT = 25
PLAYERS_MAX = 100
FIELDS_MAX = 16  # of one query string; no call has so many parameters

PAGE_PARAMETERS = frozenset({"limit", "cursor", "around", "players"})
DOCUMENT_PARAMETERS = frozenset({"period", "region"})

Value = TypeVar("Value")


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


class Query:
    """One query string. `take` collects what is wrong; `check` raises it, together."""

    def __init__(self, query_string: bytes, known: frozenset[str]) -> None:
        self._values: dict[str, str] = {}
        self._errors: list[FieldError] = []
        try:
            text = query_string.decode()
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
        except ValueError as error:
            reason = f"holds more than {FIELDS_MAX} parameters" if "fields" in str(error) else "is not UTF-8"
            raise ProblemError(invalid_fields(f"The query string {reason}.")) from error
        for name, value in pairs:
            if name not in known:
                self._refuse(name, "is not a parameter of this call")
            elif name in self._values:
                self._refuse(name, "is given more than once")
            self._values[name] = value

    def value(self, name: str) -> str | None:
        return self._values.get(name)

    def take(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """Return the parameter as `read` understands it; None when it is absent, or wrong and so to be told."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as error:
            self._refuse(name, str(error))
            return None

    def refuse_combinations(self, *names: str) -> None:
        """Of these parameters one may be given; each further one is wrong."""
        first, *others = [name for name in names if name in self._values] or [""]
        for name in others:
            self._refuse(name, f"does not go together with {first}")

    def attempt(self, read: Callable[[], Value]) -> Value | None:
        """Return what `read` returns; None when it raises ProblemError, whose fields are then to be told too."""
        try:
            return read()
        except ProblemError as error:
            self._errors += error.problem.errors
            return None

    def check(self) -> None:
        """Raise ProblemError if anything was wrong so far."""
        if self._errors:
            raise ProblemError(invalid_fields(errors=self._errors))

    def _refuse(self, name: str, detail: str) -> None:
        pointer = "#/" + name.replace("~", "~0").replace("/", "~1")
        if all(error.pointer != pointer for error in self._errors):
            self._errors.append(FieldError(pointer, detail))


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


def selection(query: Query) -> Selection:
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
