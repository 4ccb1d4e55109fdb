"""Commands: the requests to change state, as the queue carries them.

One message type, `Commands`, holds one or many. Structs travel as MessagePack arrays: a new field goes to the end and
has a default, so that an old message and an old reader both still work; anything else takes a new `MESSAGE_VERSION`.

A message outlives the version that wrote it, so commands are read one by one: those that this version cannot read are
for a newer worker, and the others are carried out meanwhile.

Each command says what it is about (`subject`) and which request it came with (`trace`, the W3C `traceparent`, if that
is traced: no rule looks at it).
"""

from typing import ClassVar, NamedTuple
from uuid import UUID

import msgspec

from highscores.domain import subjects
from highscores.domain.boards import Board
from highscores.domain.jobs import CommandName

MESSAGE_VERSION = 1


class SubmitScore(msgspec.Struct, frozen=True, array_like=True, tag="submit-score", gc=False):
    """One score. Times are microseconds; `metadata` is compact JSON text; `region` is lower case.

    `achieved_at` is when the score counts from: `accepted_at`, unless an admin gave a time in the past. `line` is its
    index in the request that brought it; `board_number` is the board's internal number, as far as post_score knew it.
    `subscores` are all that the board names, or none.
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
    subscores: tuple[int, ...] = ()

    @property
    def subject(self) -> str:
        return subjects.of_score(self.board, self.player)


class BuildDocument(msgspec.Struct, frozen=True, array_like=True, tag="build-document"):
    """Bring this document into the cache."""

    command: ClassVar[CommandName] = "build-document"
    job: UUID
    accepted_at: int
    board: str
    period: str
    region: str | None = None
    trace: str | None = None

    @property
    def subject(self) -> str:
        return subjects.of_document(self.board, self.period, self.region)


class DefineBoard(msgspec.Struct, frozen=True, array_like=True, tag="define-board"):
    """Create the board or change its rules. `number` orders the admin commands, in the order of their acceptance."""

    command: ClassVar[CommandName] = "define-board"
    job: UUID
    accepted_at: int
    board: str
    definition: Board
    trace: str | None = None
    number: int = 0

    @property
    def subject(self) -> str:
        return subjects.of_board(self.board)


class DeleteBoard(msgspec.Struct, frozen=True, array_like=True, tag="delete-board"):
    """Delete the board with its standings and submissions. `number` orders the admin commands."""

    command: ClassVar[CommandName] = "delete-board"
    job: UUID
    accepted_at: int
    board: str
    trace: str | None = None
    number: int = 0

    @property
    def subject(self) -> str:
        return subjects.of_board(self.board)


ControlCommand = BuildDocument | DefineBoard | DeleteBoard
Command = SubmitScore | ControlCommand


class Commands(msgspec.Struct, frozen=True, array_like=True):
    """The one message of the queue."""

    version: int
    commands: list[Command]


class DecodedMessage(NamedTuple):
    """The commands of a message that this version can read, and a message with the others, for a newer worker."""

    commands: list[Command]
    for_newer: bytes | None


class UnreadableMessageError(ValueError):
    """The message is none of ours, of whatever version."""


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """What the messages of all versions begin with."""

    version: int


class _RawCommands(msgspec.Struct, frozen=True, array_like=True):
    version: int
    commands: list[msgspec.Raw]


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Commands)
_head_decoder = msgspec.msgpack.Decoder(_Head)
_raw_decoder = msgspec.msgpack.Decoder(_RawCommands)
_command_decoder = msgspec.msgpack.Decoder(Command)


def encode(commands: list[Command]) -> bytes:
    return _encoder.encode(Commands(MESSAGE_VERSION, commands))


def decode(message: bytes) -> DecodedMessage:
    """Return what is in the message; raise UnreadableMessageError when it is none of ours."""
    try:
        decoded = _decoder.decode(message)
    except msgspec.MsgspecError:
        return _decode_in_part(message)
    if decoded.version > MESSAGE_VERSION:
        return DecodedMessage([], message)
    _check(decoded.version, len(decoded.commands))
    return DecodedMessage(decoded.commands, None)


def _decode_in_part(message: bytes) -> DecodedMessage:
    try:
        if _head_decoder.decode(message).version > MESSAGE_VERSION:
            return DecodedMessage([], message)
        raw = _raw_decoder.decode(message)
    except msgspec.MsgspecError as error:
        raise UnreadableMessageError(str(error)) from error
    _check(raw.version, len(raw.commands))
    known: list[Command] = []
    others: list[msgspec.Raw] = []
    for row in raw.commands:
        try:
            known.append(_command_decoder.decode(row))
        except msgspec.MsgspecError:
            others.append(row)
    return DecodedMessage(known, _encoder.encode(_RawCommands(raw.version, others)))


def _check(version: int, commands: int) -> None:
    if version < 1:
        raise UnreadableMessageError(f"there is no version {version}")
    if not commands:
        raise UnreadableMessageError("there are no commands in it")
