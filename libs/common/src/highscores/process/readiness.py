"""First contact: a service starts whatever is down behind it, and is ready once it has reached what it needs."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

RETRY_S = 1.0

_log = structlog.get_logger(__name__)


class ReadinessProbe:
    """Tries `attempt` until it succeeds. `advise` says what a person can do about an error, if it knows.

    The first failure is logged, and the success after one.
    """

    def __init__(
        self,
        name: str,
        attempt: Callable[[], Awaitable[None]],
        advise: Callable[[BaseException], str | None] = lambda _: None,
    ) -> None:
        self._name = name
        self._advise = advise
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
                self._last_reason = self._advise(error) or type(error).__name__
                if not has_failed:
                    _log.warning("dependency.unreached", dependency=self._name, reason=self._last_reason)
                has_failed = True
                await asyncio.sleep(RETRY_S * random.uniform(0.5, 1.5))
            else:
                self._is_made = True
        if has_failed:
            _log.info("dependency.reached", dependency=self._name)


def first_reason(*checks: Callable[[], str | None]) -> Callable[[], str | None]:
    """Return one check that is content when all of these are."""

    def check() -> str | None:
        return next((reason for each in checks if (reason := each()) is not None), None)

    return check
