"""Cursors: where a page ended, as a text that clients hand back and do not look into.

Base64url of MessagePack of a frozen struct. A client can send any text, so what is read back is of the struct's types
and within their bounds, or refused. Each kind has a tag of its own: a cursor of one list is none of another.
"""

import base64
from typing import Annotated, Generic, TypeVar

import msgspec

from highscores.domain.fields import BoardId

MAX_CHARACTERS = 1_024

Instant = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # what PostgreSQL can compare a bigint with
PeriodId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,63}$(?!\n)")]

Cursor = TypeVar("Cursor", bound=msgspec.Struct)


class BoardsCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="boards"):
    created_at: Instant
    board: BoardId


class PeriodsCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="periods"):
    start: Instant
    period: PeriodId


class CursorCodec(Generic[Cursor]):
    """Writes and reads the cursors of one kind."""

    def __init__(self, kind: type[Cursor]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(kind).decode

    def encode(self, cursor: Cursor) -> str:
        return base64.urlsafe_b64encode(self._encode(cursor)).decode().rstrip("=")

    def decode(self, text: str) -> Cursor:
        """Raise ValueError when `text` is not what `encode` writes for some cursor of this kind."""
        try:
            if len(text) > MAX_CHARACTERS:
                raise ValueError("longer than any cursor")
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            cursor = self._decode(packed)
            if self.encode(cursor) != text:
                raise ValueError("another text for the same cursor")
        except (ValueError, msgspec.MsgspecError, RecursionError):
            raise ValueError("is not a cursor that this service gave") from None
        return cursor
