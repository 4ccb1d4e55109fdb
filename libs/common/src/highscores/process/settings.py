"""Settings, one section for each concern, read from the environment (`HIGHSCORES_<SECTION>_<NAME>`).

Nothing here connects to anything; a service makes what it needs from a section when it starts.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FilePath, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from highscores.domain.jobs import MIN_SECRET_CHARACTERS
from highscores.process.origins import why_no_origin

Port = Annotated[int, Field(ge=1, le=65_535)]


def _section(name: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=f"HIGHSCORES_{name}", frozen=True)


class HttpSettings(BaseSettings):
    model_config = _section("HTTP_")

    host: str = "127.0.0.1"
    port: Port = 8000


class HealthSettings(BaseSettings):
    """The port of /livez, /readyz and /metrics, never routed to the outside."""

    model_config = _section("HEALTH_")

    host: str = "127.0.0.1"
    port: Port = 9000


class TlsSettings(BaseSettings):
    """How to connect to a server that encrypts: not at all, without asking who it is, or to it and nobody else.

    `ca_file` holds the certificates of those who may vouch for it; without one, those that the system trusts.
    """

    tls: Literal["disable", "require", "verify-full"] = "disable"
    ca_file: FilePath | None = None


class PostgresSettings(TlsSettings):
    model_config = _section("POSTGRES_")

    host: str = "127.0.0.1"
    port: Port = 5432
    database: str = "highscores"
    user: str = "highscores"
    password: SecretStr = SecretStr("")


class RabbitmqSettings(TlsSettings):
    model_config = _section("RABBITMQ_")

    host: str = "127.0.0.1"
    port: Port = 5672
    vhost: str = "/"
    user: str = "guest"
    password: SecretStr = SecretStr("guest")


class _RedisSettings(TlsSettings):
    host: str = "127.0.0.1"
    port: Port = 6379
    user: str | None = None  # of an access control list; without one, the default user
    password: SecretStr | None = None


class JobsRedisSettings(_RedisSettings):
    """Job states, idempotency keys and rate limits: kept over a restart, never evicted; all of it expires."""

    model_config = _section("JOBS_REDIS_")


class DocumentsRedisSettings(_RedisSettings):
    """Documents: may be lost or evicted at any time. `cluster`: the address is that of one node of a Redis Cluster."""

    model_config = _section("DOCUMENTS_REDIS_")

    cluster: bool = False


class AppSettings(BaseSettings):
    """What is left: secrets and policies of the application itself."""

    model_config = _section("")

    job_secret: SecretStr = Field(min_length=MIN_SECRET_CHARACTERS)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    web_root: Path = Path("web")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return tuple(value.split(",") if value else ()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if (reason := why_no_origin(origin)) is not None:
                raise ValueError(f"'{origin}' matches no browser: {reason}")
        return value


class LogSettings(BaseSettings):
    model_config = _section("LOG_")

    level: Literal["debug", "info", "warning", "error"] = "info"


class TracingSettings(BaseSettings):
    """Whether to trace. Where to and how much, OpenTelemetry's own variables say (OTEL_*)."""

    model_config = _section("TRACING_")

    enabled: bool = False
