"""Telling how jobs ended, where get_jobs looks first. Best effort: PostgreSQL knows it for good."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import structlog
from redis.asyncio import Redis

from highscores.domain.jobs import JobState, StandingReference
from highscores.jobs import board_changes
from highscores.jobs.states import JobStates
from highscores.redis.connection import RedisError
from worker import metrics

_log = structlog.get_logger(__name__)


class JobNotifications:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._states = JobStates(redis)

    async def record(
        self, ended: Sequence[JobState], standings: Mapping[str, StandingReference] = MappingProxyType({})
    ) -> None:
        if not ended:
            return
        for (command, status), count in Counter((state.command, state.status) for state in ended).items():
            metrics.COMMANDS_ENDED.labels(command, status).inc(count)
        try:
            await self._states.record(ended, standings)
        except RedisError as error:
            metrics.REDIS_FAILURES.labels("job-states").inc()
            _log.warning("job_states.not_recorded", jobs=len(ended), reason=type(error).__name__)

    async def board_changed(self, board: str) -> None:
        """Tell the services that remember this board's rules; those who miss it find out within their time limit."""
        try:
            await self._redis.publish(board_changes.CHANNEL, board)
        except RedisError as error:
            metrics.REDIS_FAILURES.labels("boards").inc()
            _log.warning("board_change.not_announced", board=board, reason=type(error).__name__)
