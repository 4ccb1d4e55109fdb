"""Who waits for whom in PostgreSQL."""

from highscores.ledger.engine import Connection


async def is_waited_for(connection: Connection) -> bool:
    """Whether somebody waits for a lock that this connection holds.

    The view of locks is read anew each time; that of activity stays the same within a transaction.
    """
    return bool(
        await connection.fetchval(
            "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
        )
    )
