"""Settings of the worker alone."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LedgerSettings(BaseSettings):
    """Into how many buckets the tables that grow are divided. It is read by the first migration, and never changes."""

    model_config = SettingsConfigDict(env_prefix="HIGHSCORES_LEDGER_", frozen=True)

    buckets: Annotated[int, Field(ge=1, le=1024)] = 1
