"""What this version writes down for later: messages, rows, values in Redis, job ids. `record` makes samples of them."""

import hashlib
import re
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec

from highscores import ledger
from highscores.domain import problems, subjects
from highscores.domain.board_forms import to_stored
from highscores.domain.boards import Board, SubScore
from highscores.domain.commands import BuildDocument, Command, DefineBoard, DeleteBoard, SubmitScore, encode
from highscores.domain.jobs import CommandName, JobIds, JobState, StandingReference
from highscores.domain.periods import rfc3339
from highscores.jobs import states
from highscores.jobs.states import RememberedJob
from worker.jobs import ends
from worker.jobs.ends import CommandReference, JobEnd
from worker.tasks.store import PlayerCursor, PurgeCursor, RecomputeCursor

SECRET = "a secret of the samples, and of nothing else"
JOB = UUID("0f7b6f63-9f5e-8d3a-a1b2-c3d4e5f60718")
AT = 1_793_534_400_000_000
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

FULL_BOARD = Board(
    title="Sprint \u2013 Süd",
    order="asc",
    operator="sum",
    subscores=(SubScore("Zeit", "asc"), SubScore("laps", "desc")),
    ranks="competition",
    periods=("week", "all", "day", "month"),
    timezone="Asia/Kathmandu",
    min=-5,
    max=2**53 - 1,
    unit="milliseconds",
    regions=True,
    visibility="private",
)
BOARDS = {"only a title": Board(title="Arcade"), "every rule": FULL_BOARD}

MESSAGES: dict[str, list[Command]] = {
    "a score with what it must have": [SubmitScore(JOB, AT, "arcade", "ada", -7, AT - 1)],
    "a score with all": [
        SubmitScore(JOB, AT, "arcade", "ada", 2**53 - 1, AT - 1, "Zoë", "eu", '{"level":7}', TRACE, 3, 12)
    ],
    "a score with sub-scores": [SubmitScore(JOB, AT, "arcade", "ada", 1, AT, subscores=(3, -(2**53 - 1)))],
    "two scores": [SubmitScore(JOB, AT, "arcade", player, 1, AT) for player in ("ada", "bob")],
    "a document": [BuildDocument(JOB, AT, "arcade", "2026-W45")],
    "a document of a region": [BuildDocument(JOB, AT, "arcade", "all", "eu", TRACE)],
    "a board with a title": [DefineBoard(JOB, AT, "arcade", BOARDS["only a title"])],
    "a board with every rule": [DefineBoard(JOB, AT, "arcade", FULL_BOARD, TRACE, 34)],
    "a deletion": [DeleteBoard(JOB, AT, "arcade")],
    "a deletion with all": [DeleteBoard(JOB, AT, "arcade", TRACE, 56)],
}

STATES = {
    "done": RememberedJob(
        JobState(
            job=str(JOB),
            command="submit-score",
            status="done",
            accepted_at="2026-11-01T12:00:00.000000Z",
            finished_at="2026-11-01T12:00:00.250000Z",
            result={"document": "arcade:all", "versions": {"all": AT}, "improved": True, "score": 9, "previous": None},
        ),
        StandingReference(17, "ada", 28),
    ),
    "rejected": RememberedJob(
        JobState(
            job=str(JOB),
            command="define-board",
            status="rejected",
            accepted_at="2026-11-01T12:00:00.000000Z",
            finished_at="2026-11-01T12:00:00.250000Z",
            error=problems.invalid_field("score", "must be at least 3 on this board"),
        ),
        None,
    ),
}

JOB_ENDS = {
    "a board is there": JobEnd(CommandReference(JOB, "define-board", AT), result={"board": "arcade"}, board_number=7),
    "a document is built": JobEnd(CommandReference(JOB, "build-document", AT), result={"document": "arcade:all"}),
    "a score is refused": JobEnd(
        CommandReference(JOB, "submit-score", AT),
        error=problems.invalid_field("score", "must be at least 3 on this board"),
        board_number=7,
    ),
}

CURSORS: dict[str, RecomputeCursor | PurgeCursor] = {
    "a recomputation begins": RecomputeCursor(kinds=("all", "day"), dropped=("week",)),
    "a recomputation within a player": RecomputeCursor(
        kinds=("all", "month"), after="ada", within=PlayerCursor("bob", "month", AT)
    ),
    "a purge begins": PurgeCursor(),
    "a purge of the ledger": PurgeCursor(period="all", player="ada", standings_gone=True, seq=500),
}

# Functions stay in the database as a migration has made them: another text of theirs comes with a migration.
SQL_FILES = ("ranking.sql", "partitions.sql", "command_numbers.sql")

Key = tuple[CommandName, str, str, str, int]
KEYS: list[Key] = [
    ("submit-score", "key-1f", subjects.of_score("arcade", "a:b"), "game-4711", 0),
    ("submit-score", "key-1f", subjects.of_score("arcade", "ada"), "game-4711", 999),
    ("define-board", "key-1f", subjects.of_board("arcade"), "game-4711", 0),
    ("delete-board", "key-1f", subjects.of_board("arcade"), "game-4711", 0),
    ("build-document", "ip-192.0.2.1", subjects.of_document("arcade", "week", "EU"), "~ !", 0),
]


def samples() -> dict[str, Any]:
    """Return the samples by the name of their file, as JSON can hold them."""
    ids = JobIds(SECRET)
    return {
        "messages": {
            name: {"bytes": encode(commands).hex(), "means": [described(command) for command in commands]}
            for name, commands in MESSAGES.items()
        },
        "rules": {
            name: {"text": to_stored(board), "means": msgspec.to_builtins(board)} for name, board in BOARDS.items()
        },
        "job_states": {
            name: {
                "job": each.state.job,
                "text": states._encode(*each),
                "means": msgspec.to_builtins(each.state),
                "standing": msgspec.to_builtins(each.standing),
            }
            for name, each in STATES.items()
        },
        "job_ends": {name: _job_end(end) for name, end in JOB_ENDS.items()},
        "cursors": {
            name: {
                "kind": "purge" if isinstance(cursor, PurgeCursor) else "recompute",
                "text": msgspec.json.encode(cursor).decode(),
                "means": msgspec.to_builtins(cursor),
            }
            for name, cursor in CURSORS.items()
        },
        "functions": {file: _digest(files(ledger).joinpath(file).read_text()) for file in SQL_FILES},
        "job_ids": {"secret": SECRET, "keys": [[*key, str(ids.for_key(*key))] for key in KEYS]},
    }


def _digest(statements: str) -> str:
    """Return what tells two texts of SQL apart by more than their comments and spaces."""
    return hashlib.sha256(" ".join(re.sub(r"--.*", "", statements).split()).encode()).hexdigest()


def _job_end(end: JobEnd) -> dict[str, Any]:
    *_, status, result, error = ends._row(end)
    return {
        "command": end.command.command,
        "status": status,
        "result": result,
        "error": error,
        "means": msgspec.to_builtins(end.state(rfc3339(AT))),
    }


def described(command: Command) -> dict[str, Any]:
    """Return the fields of a command by name, without those that say nothing."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    told = {name: value for name, value in fields.items() if value is not None}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"command": command.command, **told}))
    return found
