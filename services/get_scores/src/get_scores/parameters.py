"""What the OpenAPI document says of parameters. `query` reads them; here is how they look."""

import msgspec

from get_scores.query import (
    INTEGER_PATTERN,
    LIMIT_DEFAULT,
    LIMIT_MAX,
    PLAYERS_MAX,
    TARGET_PATTERN,
    TARGETS_MAX,
    VERSION_DIGITS,
)
from highscores.domain.boards import SUBSCORES_MAX
from highscores.domain.documents import DOCUMENT_ID_PATTERN
from highscores.domain.fields import SCORE_LIMIT, BoardId, OptionalRegion, PlayerId
from highscores.web.openapi import Schemas, described_path

_PLAYER = "[A-Za-z0-9._@:|+~=-]+"

LIST: Schemas = {
    "limit": {
        "type": "integer",
        "minimum": 1,
        "maximum": LIMIT_MAX,
        "default": LIMIT_DEFAULT,
        "description": "How many there are on a page.",
    },
    "cursor": {"type": "string", "minLength": 1, "description": "Where the page begins: `next` of the page before."},
}
BOARDS: Schemas = {
    **LIST,
    "order": {
        "type": "string",
        "enum": ["activity"],
        "description": f"`activity`: the boards with the newest activity, at most {LIMIT_MAX}, on one page, so without "
        "`cursor`. Without it: all boards, the newest first by creation.",
    },
}
VERSION: Schemas = {
    "version": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10**VERSION_DIGITS - 1,
        "description": "The answer reflects at least this version of the period: that of `versions` in a job's result, "
        "to read what one has written. It is waited for as `Prefer` says; 202 if it is not there then, and at once for "
        "a version that does not exist.",
    },
}
PAGE: Schemas = {
    **VERSION,
    "limit": LIST["limit"],
    "cursor": {
        "type": "string",
        "minLength": 1,
        "description": "Where the page begins: `next` or `prev` of another page of the same document.",
    },
    "around": {
        **msgspec.json.schema(PlayerId),
        "examples": ["ada"],
        "description": "A player: the page has it in the middle, as near as the ends of the board allow. A `+` in an "
        "id is `%2B` in a query.",
    },
    "players": {
        "type": "string",
        "pattern": f"^({_PLAYER}(,{_PLAYER})*)?$",
        "description": f"Up to {PLAYERS_MAX} players, like `ada,grace,linus`: those of them who have a standing, in "
        "rank order, on one page; with `limit` the best of them alone, without it all. An empty list gives an empty "
        "page. One of `cursor`, `around` and `players` may be given. A `+` in an id is `%2B` in a query.",
    },
}
PERIOD_AND_REGION: Schemas = {
    "period": {
        "type": "string",
        "examples": ["all", "day", "2026-11-24", "2026-W48", "2026-11"],
        "description": "`all`, a period's id, or `day`, `week`, `month` for the current one; the first of the board's "
        "`periods` if it is left out or empty.",
    },
    "region": {
        **msgspec.json.schema(OptionalRegion),
        "examples": ["eu"],
        "description": "Only standings of this region, ranked among themselves; on boards with `regions`. Empty is as "
        "if it were left out.",
    },
}
STANDING: Schemas = {
    **PERIOD_AND_REGION,
    **VERSION,
    "targets": {
        "type": "string",
        "pattern": f"^{TARGET_PATTERN}(?:,{TARGET_PATTERN}){{0,{TARGETS_MAX - 1}}}$",
        "examples": ["1,10,percent:5"],
        "description": f"Up to {TARGETS_MAX} places, separated by commas; the answer says what is lacking to each. "
        "`10` is the tenth place; `percent:5` the last place within the best 5 % of the board (rounded down, but at "
        "least the first place), with at most three decimals.",
    },
}
RANK: Schemas = {
    "score": {
        "type": "integer",
        "minimum": -SCORE_LIMIT,
        "maximum": SCORE_LIMIT,
        "required": True,
        "examples": [4200],
        "description": "The score of the standing to be: on a board that adds up, the whole sum. The board's `min` and "
        "`max` do not matter.",
    },
    "subscores": {
        "type": "string",
        "pattern": f"^{INTEGER_PATTERN}(?:,{INTEGER_PATTERN}){{0,{SUBSCORES_MAX - 1}}}$",
        "examples": ["3"],
        "description": "The sub-scores, separated by commas: as many as the board names, in its order. They are zeros "
        "if it is left out.",
    },
    **PERIOD_AND_REGION,
    **VERSION,
}

WAIT_HEADER: Schemas = {
    "Prefer": {
        "type": "string",
        "examples": ["wait=5"],
        "description": "`wait=N`: seconds to wait for a document that must be built first; 2 if not said, at most 10.",
    }
}
CONDITIONAL_HEADER: Schemas = {
    "If-None-Match": {
        "type": "string",
        "examples": ['"1795512600123457"'],
        "description": "The `ETag` of the copy at hand: 304 if the standings have not changed since.",
    }
}
DOCUMENT_HEADERS = {**CONDITIONAL_HEADER, **WAIT_HEADER}

BOARD = described_path(msgspec.json.schema(BoardId), "A board's id.", example="arcade")
PLAYER = described_path(
    msgspec.json.schema(PlayerId), "A player's id, percent-encoded where a URL needs it.", example="ada"
)
DOCUMENT = described_path(
    {"pattern": f"^{DOCUMENT_ID_PATTERN}$"},
    "A document's id: `board:period` or `board:period:region`.",
    example="arcade:2026-W48:eu",
)
