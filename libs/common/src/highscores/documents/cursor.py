"""Cursors: where a page of a document begins or ends."""

from typing import Annotated, Literal

import msgspec

from highscores.domain.cursors import CursorCodec
from highscores.domain.fields import SCORE_LIMIT, PlayerId

TIE_BREAK_MAX = 128  # characters: time, job and four sub-scores take less

# Printable and without `:`, which ends it in Redis.
TieBreak = Annotated[str, msgspec.Meta(pattern=rf"^[!-9;-~]{{1,{TIE_BREAK_MAX}}}$(?!\n)")]


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="entries"):
    """A position before or after an entry, named by all that ranks it: so it stays exact when the entry has gone.

    `score` is as Redis ranks it: negated where higher is better.
    """

    document: str
    side: Literal["after", "before"]
    score: Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,16}$(?!\n)")]
    tie_break: TieBreak
    player: PlayerId

    def encode(self) -> str:
        return _codec.encode(self)

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raise ValueError when `text` is no cursor."""
        return _codec.decode(text)

    @classmethod
    def before_end(cls, document: str) -> "Cursor":
        """Return the cursor to the last entries, whichever they are: no entry has a score beyond the limit."""
        return cls(document, "before", str(SCORE_LIMIT + 1), "0", "0")


_codec = CursorCodec(Cursor)
