"""Encrypted connections to the real servers, which get certificates of the test's own making while they run."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aio_pika
import pytest
from pydantic import SecretStr
from redis import Redis as PlainRedis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.servers import PrivateStack

from highscores.ledger.engine import Fault, create_engine, fault_of
from highscores.process.settings import (
    DocumentsRedisSettings,
    JobsRedisSettings,
    PostgresSettings,
    RabbitmqSettings,
    TlsSettings,
)
from highscores.queue.publisher import Broker
from highscores.redis.connection import RedisError, create_redis
from highscores_local import binaries, postgres
from highscores_local.ports import LOOPBACK, free_ports
from highscores_local.rabbitmq import USER, VHOST
from worker.delivery.consumer import create_broker

pytestmark = pytest.mark.integration

OPENSSL_TIMEOUT_S = 30
RABBITMQCTL_TIMEOUT_S = 60
PING_TIMEOUT_S = 5
DAYS = "2"
RIGHT_NAME = LOOPBACK
WRONG_NAME = "localhost"  # leads to the same server, whose certificate names only the address


@dataclass(frozen=True)
class Certificates:
    """`authority` vouches for `certificate`; `stranger` for nobody."""

    authority: Path
    stranger: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def certificates(servers: PrivateStack) -> Certificates:
    """In the folder of settings, where the servers may read."""
    folder, user = servers.home.conf, servers.home.user
    authority, stranger = (_authority(folder, name) for name in ("authority", "stranger"))
    key, request, certificate = folder / "tls.key", folder / "tls.csr", folder / "tls.crt"
    extension = folder / "tls.ext"
    extension.write_text(f"subjectAltName=IP:{RIGHT_NAME}\nauthorityKeyIdentifier=keyid\n")
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", key, "-out", request)
    _openssl("x509", "-req", "-in", request, "-days", DAYS, "-extfile", extension, "-out", certificate,
             "-CA", authority, "-CAkey", authority.with_suffix(".key"), "-CAcreateserial")  # fmt: skip
    for file in (key, certificate, authority):
        user.let_read(file)
    return Certificates(authority, stranger, certificate, key)


def _authority(folder: Path, name: str) -> Path:
    file = folder / f"{name}.crt"
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", f"/CN={name}",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", file.with_suffix(".key"), "-out", file)  # fmt: skip
    return file


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=OPENSSL_TIMEOUT_S)


ACCEPTED: list[dict[str, Any]] = [
    {"tls": "verify-full", "ca": "authority", "host": RIGHT_NAME},
    {"tls": "require", "ca": None, "host": RIGHT_NAME},
    {"tls": "require", "ca": None, "host": WRONG_NAME},
]
REFUSED: list[dict[str, Any]] = [
    {"tls": "verify-full", "ca": "authority", "host": WRONG_NAME},
    {"tls": "verify-full", "ca": "stranger", "host": RIGHT_NAME},
    {"tls": "verify-full", "ca": None, "host": RIGHT_NAME},
]


def options(case: dict[str, Any], certificates: Certificates) -> dict[str, Any]:
    ca_file = getattr(certificates, case["ca"]) if case["ca"] else None
    return {"tls": case["tls"], "ca_file": ca_file, "host": case["host"]}


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres_with_tls(servers: PrivateStack, certificates: Certificates) -> Iterator[None]:
    server = servers.servers.postgres
    server.query(f"alter system set ssl_cert_file = '{certificates.certificate}'")
    server.query(f"alter system set ssl_key_file = '{certificates.key}'")
    server.query("alter system set ssl = on")
    server.query("select pg_reload_conf()")
    yield
    server.query("alter system reset all")
    server.query("select pg_reload_conf()")


@asynccontextmanager
async def ledger(servers: PrivateStack, **options: Any) -> AsyncIterator[AsyncEngine]:
    settings = PostgresSettings(
        port=servers.ports.postgres,
        user=postgres.WRITER,
        password=SecretStr(servers.secrets.postgres_writer),
        **options,
    )
    engine = create_engine(settings, pool_size=1)
    yield engine
    await engine.dispose()


async def is_encrypted(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        found = await connection.execute(text("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
        return bool(found.scalar_one())


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
async def test_postgresql_is_spoken_to_encrypted(
    servers: PrivateStack, certificates: Certificates, postgres_with_tls: None, case: dict[str, Any]
) -> None:
    async with ledger(servers, **options(case, certificates)) as engine:
        assert await is_encrypted(engine)


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_a_postgresql_that_nobody_vouches_for_is_unavailable(
    servers: PrivateStack, certificates: Certificates, postgres_with_tls: None, case: dict[str, Any]
) -> None:
    async with ledger(servers, **options(case, certificates)) as engine:
        with pytest.raises(Exception) as refused:  # noqa: PT011  # the driver's, as told below
            await is_encrypted(engine)
    assert fault_of(refused.value) is Fault.UNAVAILABLE


async def test_postgresql_is_spoken_to_in_the_clear_unless_told_otherwise(
    servers: PrivateStack, postgres_with_tls: None
) -> None:
    async with ledger(servers, host=RIGHT_NAME) as engine:
        assert not await is_encrypted(engine)


# --- Redis -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis_tls_port(servers: PrivateStack, certificates: Certificates) -> Iterator[int]:
    """Of the documents' Redis, which has a user for it, too."""
    port = free_ports().page
    with PlainRedis(port=servers.ports.redis_documents, password=servers.secrets.redis_documents) as redis:
        redis.execute_command(
            "CONFIG SET", "tls-cert-file", str(certificates.certificate), "tls-key-file", str(certificates.key),
            "tls-ca-cert-file", str(certificates.authority), "tls-auth-clients", "no", "tls-port", port,
        )  # fmt: skip
        redis.execute_command("ACL SETUSER", "reader", "on", ">reading", "~*", "+@all")
        yield port
        redis.execute_command("ACL DELUSER", "reader")
        redis.execute_command("CONFIG SET", "tls-port", 0)


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
@pytest.mark.parametrize("section", [JobsRedisSettings, DocumentsRedisSettings])
async def test_redis_is_spoken_to_encrypted(
    certificates: Certificates,
    redis_tls_port: int,
    section: type[JobsRedisSettings | DocumentsRedisSettings],
    case: dict[str, Any],
) -> None:
    """And as a user with a name."""
    settings = section(port=redis_tls_port, user="reader", password=SecretStr("reading"), **options(case, certificates))
    redis = create_redis(settings)

    assert await redis.acl_whoami() == "reader"

    await redis.aclose()


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_a_redis_that_nobody_vouches_for_is_unavailable(
    certificates: Certificates, redis_tls_port: int, case: dict[str, Any]
) -> None:
    settings = DocumentsRedisSettings(
        port=redis_tls_port, user="reader", password=SecretStr("reading"), **options(case, certificates)
    )
    redis = create_redis(settings)

    with pytest.raises(RedisError):
        await redis.ping()

    await redis.aclose()


# --- RabbitMQ --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rabbitmq_tls_port(servers: PrivateStack, certificates: Certificates) -> Iterator[int]:
    port = free_ports().page
    files = f'[{{certfile, "{certificates.certificate}"}}, {{keyfile, "{certificates.key}"}}]'
    listener = f'{{"{LOOPBACK}", {port}}}'
    _rabbitmqctl(
        servers,
        f"{{ok, _}} = application:ensure_all_started(ssl), "
        f"rabbit_networking:start_ssl_listener({listener}, {files}, 1).",
    )
    yield port
    _rabbitmqctl(servers, f"rabbit_networking:stop_tcp_listener({listener}).")


def _rabbitmqctl(servers: PrivateStack, expression: str) -> None:
    program = binaries.require(binaries.find_rabbitmq("rabbitmqctl"), "rabbitmqctl")
    subprocess.run(
        servers.home.user.wrap([str(program), "eval", expression]),
        env=servers.servers.rabbitmq.environment(),
        cwd=servers.home.data,
        check=True,
        capture_output=True,
        timeout=RABBITMQCTL_TIMEOUT_S,
    )


def rabbitmq(servers: PrivateStack, port: int, **options: Any) -> RabbitmqSettings:
    return RabbitmqSettings(port=port, vhost=VHOST, user=USER, password=SecretStr(servers.secrets.rabbitmq), **options)


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
async def test_rabbitmq_is_spoken_to_encrypted(
    servers: PrivateStack, certificates: Certificates, rabbitmq_tls_port: int, case: dict[str, Any]
) -> None:
    broker = Broker(rabbitmq(servers, rabbitmq_tls_port, **options(case, certificates)))

    await broker.connect()

    assert broker.is_ready
    await broker.close()


async def test_the_consuming_side_is_encrypted_too(
    servers: PrivateStack, certificates: Certificates, rabbitmq_tls_port: int
) -> None:
    settings = rabbitmq(servers, rabbitmq_tls_port, **options(ACCEPTED[0], certificates))
    broker = create_broker(settings, Mock(), Mock(), Mock(), Mock(), Mock())

    await broker.connect()

    assert await broker.ping(timeout=PING_TIMEOUT_S)
    await broker.stop()


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_a_rabbitmq_that_nobody_vouches_for_is_unavailable(
    servers: PrivateStack, certificates: Certificates, rabbitmq_tls_port: int, case: dict[str, Any]
) -> None:
    broker = Broker(rabbitmq(servers, rabbitmq_tls_port, **options(case, certificates)))

    with pytest.raises((OSError, aio_pika.exceptions.AMQPError)):
        await broker.connect()

    await broker.close()


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", [PostgresSettings, RabbitmqSettings, JobsRedisSettings, DocumentsRedisSettings])
def test_a_file_that_is_not_there_is_noticed_at_the_start(
    section: type[TlsSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{section.model_config['env_prefix']}CA_FILE", "/nowhere.crt")
    with pytest.raises(ValueError, match="does not point to a file"):
        section()
