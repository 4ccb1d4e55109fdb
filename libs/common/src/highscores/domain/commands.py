"""Commands: the requests to change state, as the queue carries them.

One message type, `Commands`, holds one or many. Structs travel as MessagePack arrays: a new field goes to the end and
has a default, so that an old message and an old reader both still work; anything else takes a new `MESSAGE_VERSION`.

Each has `trace`, the W3C `traceparent` of the request that it came with, if that is traced: no rule looks at it.
"""

from typing import ClassVar
from uuid import UUID

import msgspec

from highscores.domain.boards import Board
from highscores.domain.jobs import CommandName

MESSAGE_VERSION = 1


class SubmitScore(msgspec.Struct, frozen=True, array_like=True, tag="submit-score", gc=False):
    """One score. Times are microseconds; `metadata` is compact JSON text; `region` is lower case.

    `achieved_at` is when the score counts from: `accepted_at`, unless an admin gave a time in the past. `line` is its
    place in the request that brought it; `board_number` is the board's internal number, as far as post_score knew it.
    """

    command: ClassVar[CommandName] = "submit-score"
    job: UUID
    accepted_at: int
    board: str
    player: str
    score: int
    achieved_at: int
    name: str | None = None
    region: str | None = None
    metadata: str | None = None
    trace: str | None = None
    line: int = 0
    board_number: int | None = None


class BuildDocument(msgspec.Struct, frozen=True, array_like=True, tag="build-document"):
    """Bring this document into the cache."""

    command: ClassVar[CommandName] = "build-document"
    job: UUID
    accepted_at: int
    board: str
    period: str
    region: str | None = None
    trace: str | None = None


class DefineBoard(msgspec.Struct, frozen=True, array_like=True, tag="define-board"):
    """Create the board or change its rules. `number` orders the admin commands on one board."""

    command: ClassVar[CommandName] = "define-board"
    job: UUID
    accepted_at: int
    board: str
    definition: Board
    trace: str | None = None
    number: int = 0


class DeleteBoard(msgspec.Struct, frozen=True, array_like=True, tag="delete-board"):
    """Delete the board with its standings and submissions."""

    command: ClassVar[CommandName] = "delete-board"
    job: UUID
    accepted_at: int
    board: str
    trace: str | None = None
    number: int = 0


ControlCommand = BuildDocument | DefineBoard | DeleteBoard
Command = SubmitScore | ControlCommand


class Commands(msgspec.Struct, frozen=True, array_like=True):
    """The one message of the queue."""

    version: int
    commands: list[Command]


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Commands)


class UnreadableMessageError(ValueError):
    """The message is not `Commands` of a version that this program reads, or holds none."""


def encode(commands: list[Command]) -> bytes:
    return _encoder.encode(Commands(MESSAGE_VERSION, commands))


def decode(message: bytes) -> list[Command]:
    try:
        decoded = _decoder.decode(message)
    except msgspec.MsgspecError as error:
        raise UnreadableMessageError(str(error)) from error
    if decoded.version != MESSAGE_VERSION:
        raise UnreadableMessageError(f"version {decoded.version} is not {MESSAGE_VERSION}")
    if not decoded.commands:
        raise UnreadableMessageError("there are no commands in it")
    return decoded.commands
