"""The scalar types of the HTTP contract, each bound to its limits, and the checks that a pattern cannot say.

A pattern ends in ``$(?!\\n)`` because ``$`` alone also matches before a trailing newline, in Python: the OpenAPI
documents leave that out.
"""

import unicodedata
from typing import Annotated, Any

import msgspec
import regex

from highscores.domain.visible_text import MARKS_MAX, why_not_shown

SCORE_LIMIT = 2**53 - 1  # exact in a JSON number, in a double (Redis) and in a bigint (PostgreSQL)
NAME_MAX_GRAPHEMES = 32
NAME_MAX_BYTES = 128
TITLE_MAX_GRAPHEMES = 100
TITLE_MAX_BYTES = 400
METADATA_MAX_BYTES = 1024
METADATA_MAX_DEPTH = 4

BoardId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)")]
PlayerId = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=128,
        # Not `.` or `..`; said without looking ahead, which not every language of clients can.
        pattern=r"^([.]{0,2}[A-Za-z0-9_@:|+~=-]|[.]{3})[A-Za-z0-9._@:|+~=-]*$(?!\n)",
        description="A player's id: the game's own, or an identity provider's as it is, such as `auth0|507f1f77`.",
    ),
]
Region = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,16}$(?!\n)")]
Score = Annotated[int, msgspec.Meta(ge=-SCORE_LIMIT, le=SCORE_LIMIT)]
Unit = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9 /_-]{0,31}$(?!\n)")]
Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]  # of answers, written by `rfc3339`

# Clients that cannot leave a field out, such as those of Unity's JsonUtility, send "" for a text that they do not have.
# So a text that may be null may be "" too: its type allows it, and whoever reads it asks `given`.
_EMPTY_IS_NONE = '`""` is as null: not given.'

OptionalName = Annotated[
    str,
    msgspec.Meta(
        description=f"What people see: at most {NAME_MAX_GRAPHEMES} characters as they count them and {NAME_MAX_BYTES} "
        "bytes in UTF-8. It is taken in NFC and without blanks at its ends. It needs a letter, number, punctuation "
        "mark or symbol, and holds no control or bidi character, nothing invisible (but what emoji and scripts need: "
        "ZWJ, ZWNJ, tags, variation selectors, each in its place), nothing unassigned or of private use, and at most "
        f"{MARKS_MAX} marks on one character. {_EMPTY_IS_NONE}",
    ),
]
OptionalRegion = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9-]{0,16}$(?!\n)",
        description=f"Where the player is, on boards with `regions`. It is stored in lower case. {_EMPTY_IS_NONE}",
    ),
]
OptionalTime = Annotated[  # read by `instants.parse_rfc3339`
    str,
    msgspec.Meta(
        description="A time of RFC 3339 with any offset from UTC, since 1970 and in the past; it takes an admin. What "
        "is below a microsecond is cut off. A leap second is the last microsecond of the day that it ends. "
        f"{_EMPTY_IS_NONE}",
        extra_json_schema={"format": "date-time"},
    ),
]
Title = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        description=f"As the name of a player, but up to {TITLE_MAX_GRAPHEMES} characters and {TITLE_MAX_BYTES} bytes.",
    ),
]
_BLANKS = "".join(regex.findall(r"\p{Zs}", "".join(map(chr, range(0xD800)))))  # all of Unicode's space separators
_NFC_SHRINKS_BY = 4  # times at most: a letter and three marks are one character

# `.` and `..` would be taken for steps of a path by every client and proxy.
PLAYER_ID_RULE = "must be a player id: 1 to 128 of A-Z a-z 0-9 . _ @ : | + ~ = - but not . or .."


def given(text: str | None) -> str | None:
    """Return a text that a client need not give; None for "" too."""
    return text or None


def clean_text(text: str, *, max_graphemes: int, max_bytes: int) -> str:
    """Return `text` in NFC, without blanks at its ends, or raise ValueError saying why people must not see it."""
    if text.isascii() and text.isprintable() and (stripped := text.strip(" ")) and len(stripped) <= max_graphemes:
        return stripped
    text = text.strip(_BLANKS)
    # What is far too long is not normalised: that takes time by the square of the number of marks in a row.
    if len(text) <= max_bytes * _NFC_SHRINKS_BY:
        text = unicodedata.normalize("NFC", text)
    if len(text.encode(errors="surrogatepass")) > max_bytes:
        raise ValueError(f"must be at most {max_bytes} bytes")
    if (reason := why_not_shown(text)) is not None:
        raise ValueError(reason)
    if len(text) > max_graphemes and len(regex.findall(r"\X", text)) > max_graphemes:
        raise ValueError(f"must be at most {max_graphemes} characters")
    return text


def encode_metadata(metadata: dict[str, Any]) -> str:
    """Return the compact JSON text of `metadata`, or raise ValueError when it is too large or too deep."""
    if _depth(metadata) > METADATA_MAX_DEPTH:
        raise ValueError(f"must be at most {METADATA_MAX_DEPTH} levels deep")
    text = msgspec.json.encode(metadata)
    if len(text) > METADATA_MAX_BYTES:
        raise ValueError(f"must be at most {METADATA_MAX_BYTES} bytes of JSON")
    return text.decode()


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
