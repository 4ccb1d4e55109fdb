"""How much of a process's pool of connections to PostgreSQL is lent: a full one makes everybody wait."""

from prometheus_client import Gauge
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

_in_use = Gauge("highscores_postgres_connections_in_use", "Connections that are lent now")
_limit = Gauge("highscores_postgres_connections_max", "Connections that the pool may have")


def watch_pool(engine: AsyncEngine) -> None:
    """Measure this engine's pool from now on; a process has one."""
    _limit.set(_pool_of(engine).size())
    _in_use.set_function(lambda: _pool_of(engine).checkedout())


def _pool_of(engine: AsyncEngine) -> QueuePool:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool
