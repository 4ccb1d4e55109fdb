"""Messages: what one version writes, its neighbours read; all else is told apart."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.boards import Board
from highscores.domain.commands import (
    MESSAGE_VERSION,
    BuildDocument,
    Command,
    DefineBoard,
    DeleteBoard,
    SubmitScore,
    UnreadableMessageError,
    decode,
    encode,
)
from highscores.domain.fields import SCORE_LIMIT

JOB = UUID("0f7b6f63-9f5e-8d3a-a1b2-c3d4e5f60718")
TEXTS = st.none() | st.text(max_size=5)
TIMES = st.integers(0, 2**53)

submissions = st.builds(
    SubmitScore,
    job=st.uuids(),
    accepted_at=TIMES,
    board=st.text(max_size=5),
    player=st.text(max_size=5),
    score=st.integers(-SCORE_LIMIT, SCORE_LIMIT),
    achieved_at=TIMES,
    name=TEXTS,
    region=TEXTS,
    metadata=TEXTS,
)
boards = st.builds(
    Board,
    title=st.text(min_size=1, max_size=5),
    order=st.sampled_from(["asc", "desc"]),
    operator=st.sampled_from(["best", "latest", "sum"]),
    periods=st.lists(st.sampled_from(["all", "day", "week", "month"]), min_size=1, max_size=4).map(tuple),
    min=st.none() | st.integers(-SCORE_LIMIT, SCORE_LIMIT),
    regions=st.booleans(),
)
commands: st.SearchStrategy[Command] = st.one_of(
    submissions,
    st.builds(BuildDocument, job=st.uuids(), accepted_at=TIMES, board=st.text(), period=st.text(), region=TEXTS),
    st.builds(DefineBoard, job=st.uuids(), accepted_at=TIMES, board=st.text(), definition=boards),
    st.builds(DeleteBoard, job=st.uuids(), accepted_at=TIMES, board=st.text()),
)


def message(*rows: list[Any], version: Any = MESSAGE_VERSION, extra: tuple[Any, ...] = ()) -> bytes:
    """A message as a program of another version would write it, field by field."""
    return msgspec.msgpack.encode([version, list(rows), *extra])


@given(st.lists(commands, min_size=1, max_size=5))
def test_what_is_encoded_is_decoded(written: list[Command]) -> None:
    assert decode(encode(written)) == written


def test_an_old_message_without_the_newest_fields_is_read() -> None:
    row = ["submit-score", JOB.bytes, 1, "arcade", "alice", 7, 2]
    assert decode(message(row)) == [SubmitScore(JOB, 1, "arcade", "alice", 7, 2)]


def test_a_new_message_with_more_fields_is_read() -> None:
    row = ["submit-score", JOB.bytes, 1, "arcade", "alice", 7, 2, "Alice", "de", '{"a":1}', None, 3, 4, [1, 2], "new"]
    expected = SubmitScore(JOB, 1, "arcade", "alice", 7, 2, "Alice", "de", '{"a":1}', None, 3, 4)
    assert decode(message(row, extra=("trace", 9))) == [expected]


def test_old_and_new_control_messages_are_read() -> None:
    older = ["build-document", JOB.bytes, 1, "arcade", "all"]
    newer = ["delete-board", JOB.bytes, 1, "arcade", None, 5, "why"]
    assert decode(message(older, newer)) == [
        BuildDocument(JOB, 1, "arcade", "all"),
        DeleteBoard(JOB, 1, "arcade", None, 5),
    ]


@pytest.mark.parametrize("version", [0, 2, -1, MESSAGE_VERSION + 1])
def test_another_version_is_unreadable(version: int) -> None:
    with pytest.raises(UnreadableMessageError, match="version"):
        decode(message(["delete-board", JOB.bytes, 1, "arcade"], version=version))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xc1",
        msgspec.msgpack.encode(None),
        msgspec.msgpack.encode({"version": 1, "commands": []}),
        message(version="1"),
        message(["retract-score", JOB.bytes, 1, "arcade"]),
        message(["submit-score", b"short", 1, "arcade", "alice", 7, 2]),
        message(["submit-score", JOB.bytes, 1, "arcade", "alice", 7.5, 2]),
        message(["submit-score", JOB.bytes, 1, "arcade", "alice", "7", 2]),
        message(["submit-score", JOB.bytes, 1, "arcade", "alice"]),
        message(["define-board", JOB.bytes, 1, "arcade", {"title": "x", "order": "up"}]),
        encode([DeleteBoard(uuid4(), 1, "arcade")])[:-1],
        encode([DeleteBoard(uuid4(), 1, "arcade")]) + b"\0",
    ],
)
def test_garbage_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        decode(body)


def test_a_message_without_commands_is_unreadable() -> None:
    """Nobody writes one, and nothing in it could ever be acknowledged."""
    with pytest.raises(UnreadableMessageError, match="no commands in it"):
        decode(message())


@given(st.binary(max_size=60))
def test_random_bytes_are_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        decode(body)
