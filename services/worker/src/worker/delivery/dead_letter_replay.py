"""Dead letters by hand: seen, and sent back to the queues that gave them up."""

import asyncio
from uuid import UUID

from highscores.domain.periods import rfc3339
from highscores.ledger.engine import Connection, create_engine, driver_connection
from highscores.process.settings import PostgresSettings, RabbitmqSettings
from highscores.queue import topology
from highscores.queue.publisher import Broker

LISTED_MAX = 100

_LIST_SQL = """
    select id, queue, reason, first_death_at, commands, boards, cardinality(jobs) as jobs from dead_letters
    order by first_death_at desc, id limit $1
"""


def list_letters(settings: PostgresSettings) -> list[str]:
    """Return a line for each of the newest dead letters."""
    return asyncio.run(_list(settings))


def replay(postgres: PostgresSettings, rabbitmq: RabbitmqSettings, id_: UUID) -> None:
    """Send the message back, then delete the row; raise ValueError when there is no such row, or no queue for it.

    Cut short in between, the message is in both places, and replaying it again does nothing.
    """
    asyncio.run(_replay(postgres, rabbitmq, id_))


async def _list(settings: PostgresSettings) -> list[str]:
    engine = create_engine(settings, pool_size=1)
    try:
        async with driver_connection(engine) as connection:
            rows = await connection.fetch(_LIST_SQL, LISTED_MAX)
    finally:
        await engine.dispose()
    return [
        f"{row['id']}  {rfc3339(row['first_death_at'])}  {row['queue']}  {row['reason']}  {row['jobs']} jobs  "
        f"{','.join(row['commands']) or '?'}  {','.join(row['boards'])}"
        for row in rows
    ]


async def _replay(postgres: PostgresSettings, rabbitmq: RabbitmqSettings, id_: UUID) -> None:
    engine, broker = create_engine(postgres, pool_size=1), Broker(rabbitmq)
    try:
        await broker.connect()
        async with driver_connection(engine) as connection:
            await send_back(connection, broker, id_)
    finally:
        await broker.close()
        await engine.dispose()


async def send_back(connection: Connection, broker: Broker, id_: UUID) -> None:
    row = await connection.fetchrow("select queue, message, moved_at from dead_letters where id = $1", id_)
    if row is None:
        raise ValueError("there is no such dead letter")
    queue = next((queue for queue in (topology.SCORES, topology.CONTROL) if queue.name == row["queue"]), None)
    if queue is None:
        raise ValueError(f"nobody reads the queue {row['queue']}")
    await broker.publish_body(queue, row["message"])
    # Should it have died again meanwhile, the row is that of the new death, and stays.
    await connection.execute("delete from dead_letters where id = $1 and moved_at = $2", id_, row["moved_at"])
