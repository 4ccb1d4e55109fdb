"""Defining and deleting boards: each command exactly once, in the order of their numbers.

The name of a board is a subject. Its row in `subjects` is the lock under which commands on the name are carried out,
and holds the number of the last one. The board of that name has a number of its own for each creation.
"""

from highscores.domain import problems, subjects
from highscores.domain.board_forms import from_stored, to_stored
from highscores.domain.commands import ControlCommand, DefineBoard, DeleteBoard
from highscores.domain.jobs import JobState
from highscores.domain.problems import FieldError, Problem
from highscores.ledger.engine import Connection
from worker.commands.board_locks import lock_name
from worker.jobs.ends import JobEnd, find_ended, record_ends
from worker.tasks.store import replace_recomputation, start_purge

_LOCK_SUBJECT_SQL = """
    insert into subjects as s (bucket, subject, applied_number) values ($1, $2, 0)
    on conflict (subject, bucket) do update set applied_number = s.applied_number
    returning applied_number
"""

_LOCK_BOARD_SQL = """
    select number, rules::text as rules, submissions from boards
    where bucket = $1 and board = $2 and deleted_at is null for no key update
"""

_CREATE_SQL = """
    insert into boards (bucket, number, board, rules, revision, created_at)
    values ($1, nextval('board_numbers'), $2, $3, $4, $5)
    returning number
"""


async def define_board(connection: Connection, bucket: int, command: DefineBoard, now: int) -> list[JobState]:
    """Create or change a board; return the jobs that ended by it.

    A change of the periods or the time zone begins a task that recomputes the standings of those periods; the job ends
    with it. A job that has ended before, or whose task is under way, is left alone.
    """
    new = command.definition
    async with connection.transaction():
        await lock_name(connection, bucket, command.board)
        applied = await _lock_subject(connection, bucket, command.board)
        if await _is_known(connection, bucket, command):
            return []
        if command.number and command.number < applied:
            return await _end(connection, bucket, command, now, error=problems.superseded())
        row = await connection.fetchrow(_LOCK_BOARD_SQL, bucket, command.board)
        if row is None:
            number = await connection.fetchval(
                _CREATE_SQL, bucket, command.board, to_stored(new), command.number, command.accepted_at
            )
            await _set_applied(connection, bucket, command)
            return await _end(connection, bucket, command, now, number=number)
        number, old = row["number"], from_stored(row["rules"])
        if row["submissions"] and (changed := old.fixed_rules_changed(new)):
            errors = [FieldError(f"#/{rule}", "cannot change once the board has a submission") for rule in changed]
            problem = problems.board_rule_fixed(errors=errors)
            return await _end(connection, bucket, command, now, error=problem, number=number)
        await connection.execute(
            "update boards set rules = $3, revision = $4 where bucket = $1 and number = $2",
            bucket,
            number,
            to_stored(new),
            command.number,
        )
        await _set_applied(connection, bucket, command)
        replacement = await replace_recomputation(
            connection, bucket, number, command, old if row["submissions"] else None, now
        )
        ended = await record_ends(connection, bucket, replacement.ended, now)
        if not replacement.is_begun:
            ended += await _end(connection, bucket, command, now, number=number)
        return ended


async def delete_board(connection: Connection, bucket: int, command: DeleteBoard, now: int) -> list[JobState]:
    """Delete a board: its name is free at once, and a task removes what it leaves. Return the jobs that ended by it."""
    async with connection.transaction():
        applied = await _lock_subject(connection, bucket, command.board)
        if await _is_known(connection, bucket, command):
            return []
        if command.number and command.number < applied:
            return await _end(connection, bucket, command, now, error=problems.superseded())
        row = await connection.fetchrow(_LOCK_BOARD_SQL, bucket, command.board)
        if row is None:
            await _set_applied(connection, bucket, command)  # a definition accepted before it may still be under way
            return await _end(connection, bucket, command, now, error=problems.unknown_board(command.board))
        number = row["number"]
        await connection.execute(
            "update boards set deleted_at = $3, recomputing = '{}' where bucket = $1 and number = $2",
            bucket,
            number,
            now,
        )
        await _set_applied(connection, bucket, command)
        ended = await record_ends(connection, bucket, await start_purge(connection, bucket, number, now), now)
        return ended + await _end(connection, bucket, command, now, number=number)


async def _lock_subject(connection: Connection, bucket: int, board: str) -> int:
    """Lock the name of a board until the commit; return the number of the last command that was applied to it."""
    applied: int = await connection.fetchval(_LOCK_SUBJECT_SQL, bucket, subjects.of_board(board))
    return applied


async def _set_applied(connection: Connection, bucket: int, command: DefineBoard | DeleteBoard) -> None:
    await connection.execute(
        "update subjects set applied_number = greatest(applied_number, $3) where bucket = $1 and subject = $2",
        bucket,
        command.subject,
        command.number,
    )


async def _is_known(connection: Connection, bucket: int, command: ControlCommand) -> bool:
    """Tell whether the command has ended before, or a task is carrying it out."""
    if await find_ended(connection, bucket, [command]):
        return True
    return bool(await connection.fetchval("select exists (select from tasks where job = $1)", command.job))


async def _end(
    connection: Connection,
    bucket: int,
    command: DefineBoard | DeleteBoard,
    now: int,
    *,
    error: Problem | None = None,
    number: int | None = None,
) -> list[JobState]:
    result = None if error else {"board": command.board}
    return await record_ends(connection, bucket, [JobEnd(command, result, error, number)], now)
