"""Records samples of what this version writes: `python -m tests.compatibility.record` into the newest folder.

Before the first release, and whenever nothing that was written by the folder's version is kept anywhere, its samples
may be recorded anew. Afterwards a changed form gets a new folder (`--new`), and the older ones stay: they must be read.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from tests.compatibility.cases import samples
from tests.compatibility.documents import document_samples
from tests.servers import PrivateStack, private_stack

from highscores.ledger.engine import create_engine, driver_connection
from highscores.process.settings import DocumentsRedisSettings, PostgresSettings
from highscores.redis.connection import create_redis
from highscores_local import postgres
from highscores_local.ports import LOOPBACK

SAMPLES = Path(__file__).resolve().parent / "samples"
DOCUMENTS = "documents"  # what can be recorded only with servers


def versions() -> list[Path]:
    """Return the folders of all versions, the oldest first."""
    return sorted((folder for folder in SAMPLES.iterdir() if folder.is_dir()), key=lambda folder: int(folder.name))


def record(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with private_stack(("postgres", "redis-documents")) as stack:
        migrate = [stack.services.command("worker"), "migrate"]
        subprocess.run(migrate, env=stack.environment(postgres.OWNER), check=True)
        documents = asyncio.run(_documents(stack))
    for name, found in {**samples(), DOCUMENTS: documents}.items():
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


async def _documents(stack: PrivateStack) -> dict[str, Any]:
    ports, secrets = stack.ports, stack.secrets
    redis = create_redis(
        DocumentsRedisSettings(host=LOOPBACK, port=ports.redis_documents, password=SecretStr(secrets.redis_documents))
    )
    engine = create_engine(
        PostgresSettings(
            host=LOOPBACK,
            port=ports.postgres,
            user=postgres.WRITER,
            password=SecretStr(secrets.postgres_writer),
        ),
        pool_size=1,
    )
    try:
        async with driver_connection(engine) as connection:
            return await document_samples(connection, redis)
    finally:
        await redis.aclose()
        await engine.dispose()


if __name__ == "__main__":
    newest = versions()[-1]
    record(SAMPLES / str(int(newest.name) + 1) if "--new" in sys.argv else newest)
