"""Cursors of the lists that PostgreSQL keeps: an instant and an id, where the page before ended."""

import base64
from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec

_Instant = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # what a bigint holds
_Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,63}$(?!\n)")]

Shape = TypeVar("Shape")


def encode(cursor: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(tuple(cursor))).decode().rstrip("=")


def reader(shape: Callable[[int, str], Shape]) -> Callable[[str], Shape]:
    """Return what reads a cursor's text as `shape`; it raises ValueError when the text is no cursor."""

    def read(text: str) -> Shape:
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return shape(*msgspec.msgpack.decode(packed, type=tuple[_Instant, _Id]))
        except (ValueError, msgspec.MsgspecError):
            raise ValueError("is not a cursor that this service gave") from None

    return read
