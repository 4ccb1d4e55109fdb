"""Settings of post_score alone."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PerSecond = Annotated[float, Field(gt=0)]
Burst = Annotated[int, Field(ge=1)]


class LimitSettings(BaseSettings):
    """Token buckets: how many commands a second for long, and how many at once after a rest."""

    model_config = SettingsConfigDict(env_prefix="HIGHSCORES_LIMIT_", frozen=True)

    key_rate: PerSecond = 50_000
    key_burst: Burst = 100_000
    anonymous_rate: PerSecond = 5
    anonymous_burst: Burst = 30


class IdempotencySettings(BaseSettings):
    """How long an idempotency key is known to have come with its content: another one is 422 meanwhile."""

    model_config = SettingsConfigDict(env_prefix="HIGHSCORES_IDEMPOTENCY_", frozen=True)

    remember_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3_600
