"""First contact: a service starts whatever is down behind it, and is ready once it has reached what it needs."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import advice_on
from highscores.queue.publisher import Broker

RETRY_S = 1.0

_log = structlog.get_logger(__name__)


class Contact:
    """Tries `attempt` until it succeeds. The first failure is logged, and the success after one."""

    def __init__(self, name: str, attempt: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._attempt = attempt
        self._is_made = False
        self._last_reason = "not tried yet"

    def why_not_ready(self) -> str | None:
        return None if self._is_made else f"{self._name} has not been reached yet: {self._last_reason}"

    async def make(self) -> None:
        has_failed = False
        while not self._is_made:
            try:
                await self._attempt()
            except Exception as error:  # whatever the driver raises: it is tried again
                self._last_reason = advice_on(error) or type(error).__name__
                if not has_failed:
                    _log.warning("not reached, trying on", what=self._name, reason=self._last_reason)
                has_failed = True
                await asyncio.sleep(RETRY_S * random.uniform(0.5, 1.5))
            else:
                self._is_made = True
        if has_failed:
            _log.info("reached", what=self._name)


def postgres_contact(engine: AsyncEngine) -> Contact:
    async def attempt() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))

    return Contact("PostgreSQL", attempt)


def rabbitmq_contact(broker: Broker) -> Contact:
    """From the first contact on, the connection restores itself."""

    async def attempt() -> None:
        # aio_pika goes on for ever with a first attempt that is cancelled, and then the process cannot end: so it is
        # left to finish, within its own timeout.
        connecting = asyncio.create_task(broker.connect())
        try:
            await asyncio.shield(connecting)
        except BaseException:
            await asyncio.gather(connecting, return_exceptions=True)
            await broker.close()  # what was opened before it failed
            raise

    return Contact("RabbitMQ", attempt)


def first_reason(*checks: Callable[[], str | None]) -> Callable[[], str | None]:
    """Return one check that is content when all of these are."""

    def check() -> str | None:
        return next((reason for each in checks if (reason := each()) is not None), None)

    return check
