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
    assert decode(encode(written)) == (written, None)


def test_an_old_message_without_the_newest_fields_is_read() -> None:
    row = ["submit-score", JOB.bytes, 1, "arcade", "alice", 7, 2]
    assert decode(message(row)) == ([SubmitScore(JOB, 1, "arcade", "alice", 7, 2)], None)


def test_a_new_message_with_more_fields_is_read() -> None:
    row = ["submit-score", JOB.bytes, 1, "arcade", "alice", 7, 2, "Alice", "de", '{"a":1}', None, 3, 4, [1], 5, "new"]
    expected = SubmitScore(JOB, 1, "arcade", "alice", 7, 2, "Alice", "de", '{"a":1}', None, 3, 4, (1,))
    assert decode(message(row, extra=("trace", 9))) == ([expected], None)


def test_old_and_new_control_messages_are_read() -> None:
    older = ["build-document", JOB.bytes, 1, "arcade", "all"]
    newer = ["delete-board", JOB.bytes, 1, "arcade", None, 7, "why"]
    assert decode(message(older, newer)).commands == [
        BuildDocument(JOB, 1, "arcade", "all"),
        DeleteBoard(JOB, 1, "arcade", number=7),
    ]


KNOWN = ["delete-board", JOB.bytes, 1, "arcade"]


@pytest.mark.parametrize(
    "unknown",
    [
        ["retract-score", JOB.bytes, 1, "arcade"],
        ["define-board", JOB.bytes, 1, "arcade", {"title": "x", "max_submissions": 5}],
        ["define-board", JOB.bytes, 1, "arcade", {"title": "x", "ranks": "dense"}],
        ["submit-score", b"short", 1, "arcade", "alice", 7, 2],
        ["submit-score", JOB.bytes, 1, "arcade", "alice", 7.5, 2],
        ["submit-score", JOB.bytes, 1, "arcade", "alice", "7", 2],
        ["submit-score", JOB.bytes, 1, "arcade", "alice"],
        ["submit-score"],
        [],
    ],
)
def test_what_this_version_cannot_read_is_for_a_newer_worker(unknown: list[Any]) -> None:
    """The commands beside it are known, once each, and the rest is a message of its own with nothing else in it."""
    decoded = decode(message(KNOWN, unknown, KNOWN, unknown))

    assert decoded.commands == [DeleteBoard(JOB, 1, "arcade")] * 2
    assert decoded.for_newer == message(unknown, unknown)
    assert decode(decoded.for_newer) == ([], message(unknown, unknown))


def test_a_newer_version_is_for_a_newer_worker_as_it_is() -> None:
    for body in (
        message(KNOWN, version=MESSAGE_VERSION + 1),
        message(version=MESSAGE_VERSION + 1),
        msgspec.msgpack.encode([MESSAGE_VERSION + 1, {"of": "another shape"}]),
    ):
        assert decode(body) == ([], body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xc1",
        msgspec.msgpack.encode(None),
        msgspec.msgpack.encode({"version": 1, "commands": []}),
        msgspec.msgpack.encode([1, {"delete-board": 1}]),
        message(version="1"),
        message(KNOWN, version=0),
        message(KNOWN, version=-1),
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
def test_random_bytes_do_no_harm(body: bytes) -> None:
    """They are unreadable, but for the few that begin as a message of a version to come does."""
    try:
        decoded = decode(body)
    except UnreadableMessageError:
        return
    assert decoded.commands == []
    assert decoded.for_newer


def test_each_command_has_a_subject() -> None:
    assert SubmitScore(JOB, 1, "arcade", "a:b", 7, 2).subject == "score:arcade:a:b"
    assert BuildDocument(JOB, 1, "arcade", "all").subject == "document:arcade:all:"
    assert BuildDocument(JOB, 1, "arcade", "all", "eu").subject == "document:arcade:all:eu"
    assert DefineBoard(JOB, 1, "arcade", Board(title="x")).subject == "board:arcade"
    assert DeleteBoard(JOB, 1, "arcade").subject == "board:arcade"
