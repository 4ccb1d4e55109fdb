"""The passwords and keys of a release, and who still takes them."""

import hashlib
import secrets
from dataclasses import astuple, dataclass, fields

from tests.cluster.kube import CommandError
from tests.cluster.release import Release


@dataclass(frozen=True, slots=True)
class Credentials:
    postgresql_owner: str
    postgresql_writer: str
    postgresql_reader: str
    rabbitmq: str
    redis_jobs: str
    redis_documents: str
    admin_key: str

    @classmethod
    def names(cls) -> set[str]:
        return {field.name for field in fields(cls)}

    @classmethod
    def made_up(cls) -> "Credentials":
        return cls(*(secrets.token_hex(16) for _ in fields(cls)))

    @classmethod
    def read(cls, release: Release) -> "Credentials":
        return cls(*(release.secret(name, key) for name, key in _places(release)))

    def write(self, release: Release) -> None:
        """Put them into the Secrets. Nobody knows of it before the next upgrade."""
        for (name, key), value in zip(_places(release), astuple(self), strict=True):
            release.set_secret(name, key, value)

    def accepted_by(self, release: Release) -> set[str]:
        """The names of those that still open something."""
        asked = {
            "postgresql_owner": lambda of: _opens_postgresql(of, "highscores_owner", self.postgresql_owner),
            "postgresql_writer": lambda of: _opens_postgresql(of, "highscores_writer", self.postgresql_writer),
            "postgresql_reader": lambda of: _opens_postgresql(of, "highscores_reader", self.postgresql_reader),
            "rabbitmq": self._opens_rabbitmq,
            "redis_jobs": lambda of: _opens_redis(of, "redis-jobs", self.redis_jobs),
            "redis_documents": lambda of: _opens_redis(of, "redis-documents", self.redis_documents),
            "admin_key": self._opens_the_interface,
        }
        return {name for name, opens in asked.items() if opens(release)}

    def revoke_admin_key(self, release: Release) -> None:
        """As docs/operations.md says: a key that is no longer in the Secret is still a key until it is revoked."""
        digest = hashlib.sha256(self.admin_key.encode()).hexdigest()
        release.query(
            "update api_keys set revoked_at = (extract(epoch from now()) * 1000000)::bigint "
            f"where key_hash = decode('{digest}', 'hex')"
        )

    def _opens_rabbitmq(self, release: Release) -> bool:
        return _succeeds(release, "rabbitmq", "rabbitmqctl", "authenticate_user", "highscores", self.rabbitmq)

    def _opens_the_interface(self, release: Release) -> bool:
        api = release.front.api(self.admin_key)
        with api.http:
            return api.command("POST", "/v1/scores", {}).status_code != 401


def _places(release: Release) -> tuple[tuple[str, str], ...]:
    """The Secret and key of each, in the order of the fields."""
    return (
        (f"{release.name}-postgresql", "owner-password"),
        (f"{release.name}-postgresql", "writer-password"),
        (f"{release.name}-postgresql", "reader-password"),
        (f"{release.name}-rabbitmq", "password"),
        (f"{release.name}-redis", "jobs-password"),
        (f"{release.name}-redis", "documents-password"),
        (release.fullname, "admin-key"),
    )


def _opens_postgresql(release: Release, user: str, password: str) -> bool:
    # By the address, not the socket: only there a password is asked for.
    psql = ("psql", "--host=127.0.0.1", f"--username={user}", "--dbname=highscores", "--command=select 1")
    return _succeeds(release, "postgresql", "env", f"PGPASSWORD={password}", *psql)


def _opens_redis(release: Release, program: str, password: str) -> bool:
    # redis-cli ends well even when it is refused: what it prints tells.
    pod = release.pods(program)[0]["metadata"]["name"]
    return "PONG" in release.namespace.exec(pod, "env", f"REDISCLI_AUTH={password}", "redis-cli", "ping")


def _succeeds(release: Release, program: str, *command: str) -> bool:
    pod = release.pods(program)[0]["metadata"]["name"]
    try:
        release.namespace.exec(pod, *command, container=program)
    except CommandError:
        return False
    return True
