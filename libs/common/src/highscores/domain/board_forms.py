"""The forms that a board's rules have outside the programs, and their conversion.

Each form has another duty. The HTTP body is strict: a client that misspells a rule must hear of it. The stored form
outlives the version that wrote it: during a rolling upgrade, and after a rollback, it is read by a version that does
not know its newest rule, and scores of that board must go on. The form in the queue is `Board` itself, in a
`DefineBoard`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, get_args

import msgspec
from msgspec import UNSET

from highscores.domain.boards import (
    SUBSCORES_MAX,
    Board,
    Operator,
    Order,
    Ranks,
    Submit,
    SubScore,
    SubScores,
    Visibility,
)
from highscores.domain.fields import Score, Title, Unit
from highscores.domain.periods import PERIOD_KINDS, PeriodKind

REMEMBERED_RULES = 1_000  # texts whose rules are kept decoded; the calendar inside remembers its spans


class UnreadableRulesError(ValueError):
    """This version cannot act by the stored rules of a board: a newer one wrote them, or somebody by hand."""


class BoardBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one board, as `PUT /v1/admin/boards/{board}` takes them. All but the title have defaults."""

    title: Title
    order: Order = "desc"
    operator: Operator = "best"
    subscores: SubScores = ()
    ranks: Ranks = "ordinal"
    periods: Annotated[tuple[PeriodKind, ...], msgspec.Meta(min_length=1, max_length=4)] = ("all",)
    timezone: str = "UTC"
    seasons: Annotated[tuple[dict[str, str], ...], msgspec.Meta(max_length=0)] = ()
    min: Score | None = None
    max: Score | None = None
    unit: Unit = "points"
    regions: bool = False
    visibility: Visibility = "public"
    submit: Submit = "key"


def _told_by_reads(description: str) -> msgspec.Meta:
    return msgspec.Meta(extra_json_schema={"readOnly": True, "description": description})


class BoardDefinition(BoardBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one board: all but the title have defaults. A board as a read answers it is taken too, whole and
    with its `board`; what it tells besides the rules is passed over then."""

    board: Annotated[Any, _told_by_reads("The board's id, that of the path.")] = UNSET
    current: Annotated[Any, _told_by_reads("Passed over.")] = UNSET
    players: Annotated[Any, _told_by_reads("Passed over.")] = UNSET
    submissions: Annotated[Any, _told_by_reads("Passed over.")] = UNSET
    active_at: Annotated[Any, _told_by_reads("Passed over.")] = UNSET


class StoredSubScore(msgspec.Struct, frozen=True):
    """A sub-score as the ledger holds it: what a newer version tells of it besides is passed over."""

    name: str
    order: Order


class StoredRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the ledger holds, in JSON. Unknown members are passed over, and defaults are left out.

    A value that this version does not know is one of three. What decides how scores are folded (order, operator,
    sub-scores, time zone) makes the board unreadable, since scores folded by a wrong rule could not be told from
    others. What a reader must not see too much of (visibility) is taken for the most careful value. All else is
    left out.
    """

    title: str
    order: Order = "desc"
    operator: Operator = "best"
    subscores: Annotated[tuple[StoredSubScore, ...], msgspec.Meta(max_length=SUBSCORES_MAX)] = ()
    ranks: Any = "ordinal"
    periods: tuple[Any, ...] = ("all",)
    timezone: str = "UTC"
    seasons: Any = ()
    min: int | None = None
    max: int | None = None
    unit: Any = "points"
    regions: bool = False
    visibility: Any = "public"
    submit: Any = "key"


def _known_periods(stored: tuple[Any, ...]) -> tuple[PeriodKind, ...]:
    return tuple(kind for kind in stored if kind in PERIOD_KINDS) or ("all",)


def _known_or(kinds: object, otherwise: str) -> Callable[[Any], Any]:
    """Return what takes a value that is none of these kinds for another."""
    known = get_args(kinds)
    return lambda stored: stored if stored in known else otherwise


# Of the rules that StoredRules takes in any form, what this version can act by. All others are taken as they are.
_KNOWN_PARTS: dict[str, Callable[[Any], Any]] = {
    "subscores": lambda stored: tuple(SubScore(each.name, each.order) for each in stored),
    "ranks": _known_or(Ranks, "ordinal"),
    "periods": _known_periods,
    "seasons": lambda _: (),
    "unit": lambda stored: stored if isinstance(stored, str) else "points",
    "visibility": _known_or(Visibility, "private"),
    "submit": _known_or(Submit, "key"),
}

_READ_ONLY = frozenset(BoardDefinition.__struct_fields__) - frozenset(BoardBody.__struct_fields__)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(StoredRules)


def from_body(body: BoardBody) -> Board:
    """Return the rules that a client asks for; `Board.rule_errors` tells what the types alone cannot hold."""
    return Board(**_changed_rules(body))


def rules_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is a rule of these fields of a body."""
    return {name: value for name, value in values.items() if name not in _READ_ONLY}


def read_only_errors(given: Mapping[str, Any], board: str) -> list[tuple[str, str]]:
    """Return (field, what is wrong) for what a body of this board gives besides rules, and cannot have been read so.

    Whoever sends `players` alone believes that it can be set, and must hear that it cannot.
    """
    if "board" in given:
        return [] if given["board"] == board else [("board", "is not the board that the path names")]
    reason = "cannot be set: leave it out, or send the whole board as it was read, with its `board`"
    return [(name, reason) for name in given if name in _READ_ONLY]


def to_stored(board: Board) -> str:
    """Return the JSON text that the ledger holds."""
    return _encoder.encode(StoredRules(**_changed_rules(board))).decode()


def _changed_rules(form: BoardBody | Board) -> dict[str, Any]:
    """Return the rules that differ from their defaults: msgspec leaves out only what is the default object itself."""
    return {
        field.name: value
        for field in msgspec.structs.fields(form)
        if field.name not in _READ_ONLY and (value := getattr(form, field.name)) != field.default
    }


@lru_cache(REMEMBERED_RULES)
def from_stored(text: str) -> Board:
    """Return the rules of a stored board as far as this version knows them; raise UnreadableRulesError."""
    try:
        stored = _decoder.decode(text)
        rules = {rule: getattr(stored, rule) for rule in Board.__struct_fields__}
        rules |= {rule: known_part(rules[rule]) for rule, known_part in _KNOWN_PARTS.items()}
        board = Board(**rules)
        _ = board.calendar
    except (msgspec.MsgspecError, ValueError, KeyError, OSError) as error:
        # Not the text of the error, which may quote what is stored.
        raise UnreadableRulesError(type(error).__name__) from None
    return board
