"""Programs of before and after `trace` was added to the commands, side by side as in a rolling upgrade."""

from uuid import UUID, uuid4

import msgspec
from tests.unit.tracing.recorded import TRACEPARENT

from highscores.domain.commands import BuildDocument, Command, SubmitScore, decode, encode


class OldSubmitScore(msgspec.Struct, frozen=True, array_like=True, tag="submit-score"):
    job: UUID
    accepted_at: int
    board: str
    player: str
    score: int
    achieved_at: int
    name: str | None = None
    region: str | None = None
    metadata: str | None = None


class OldBuildDocument(msgspec.Struct, frozen=True, array_like=True, tag="build-document"):
    job: UUID
    accepted_at: int
    board: str
    period: str
    region: str | None = None


class OldCommands(msgspec.Struct, frozen=True, array_like=True):
    version: int
    commands: list[OldSubmitScore | OldBuildDocument]


JOB = uuid4()
NEW: list[Command] = [
    SubmitScore(JOB, 1, "arcade", "alice", 7, 2, "Alice", "de", "{}", TRACEPARENT),
    BuildDocument(JOB, 1, "arcade", "all", None, TRACEPARENT),
]
OLD = OldCommands(
    1,
    [
        OldSubmitScore(JOB, 1, "arcade", "alice", 7, 2, "Alice", "de", "{}"),
        OldBuildDocument(JOB, 1, "arcade", "all", None),
    ],
)


def test_an_old_program_reads_what_it_knows() -> None:
    assert msgspec.msgpack.decode(encode(NEW), type=OldCommands) == OLD


def test_an_old_message_is_not_traced() -> None:
    message = msgspec.msgpack.Encoder(uuid_format="bytes").encode(OLD)
    assert decode(message).commands == [msgspec.structs.replace(command, trace=None) for command in NEW]


def test_a_trace_travels_with_its_command() -> None:
    assert decode(encode(NEW)).commands == NEW
