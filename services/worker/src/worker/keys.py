"""API keys: made here, shown once, stored as a hash."""

import asyncio
import hashlib
import os
import secrets
import time

from sqlalchemy.dialects.postgresql import insert

from highscores.ledger.engine import create_engine
from highscores.ledger.tables import api_keys
from highscores.process.settings import PostgresSettings

KEY_BYTES = 32
MIN_KEY_CHARACTERS = 22  # 128 bits, at six bits a character
KEY_VARIABLE = "HIGHSCORES_KEY"


def create(settings: PostgresSettings, *, scope: str, name: str) -> str:
    """Make a key, store its hash, and return it: this is the only time that anybody sees it."""
    key = "hs_" + secrets.token_urlsafe(KEY_BYTES)
    asyncio.run(_store(settings, key, scope=scope, name=name))
    return key


def ensure(settings: PostgresSettings, *, scope: str, name: str) -> None:
    """Store the key given in the environment, unless it is there; raise ValueError if it is missing or too short."""
    key = os.environ.get(KEY_VARIABLE, "")
    if len(key) < MIN_KEY_CHARACTERS:
        raise ValueError(f"{KEY_VARIABLE} must hold a key of at least {MIN_KEY_CHARACTERS} characters")
    asyncio.run(_store(settings, key, scope=scope, name=name))


async def _store(settings: PostgresSettings, key: str, *, scope: str, name: str) -> None:
    row = {
        "key_hash": hashlib.sha256(key.encode()).digest(),
        "name": name,
        "scopes": [scope],
        "created_at": time.time_ns() // 1_000,
    }
    engine = create_engine(settings, pool_size=1)
    async with engine.begin() as connection:
        await connection.execute(insert(api_keys).values(row).on_conflict_do_nothing())
    await engine.dispose()
