"""`worker migrate` waits for a server that is not there yet, and says what to do about one that refuses."""

import socket

import pytest
from pydantic import SecretStr
from tests.servers import PrivateStack

from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from highscores_local.ports import LOOPBACK
from worker.migrate import MigrationError, migrate

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(stack: PrivateStack) -> PostgresSettings:
    return PostgresSettings(
        host=LOOPBACK,
        port=stack.ports.postgres,
        user=postgres.OWNER,
        password=SecretStr(stack.secrets.postgres_owner),
    )


def changed(settings: PostgresSettings, **changes: object) -> PostgresSettings:
    return settings.model_copy(update=changes)


def test_again_it_changes_nothing(settings: PostgresSettings) -> None:
    migrate(settings)


def test_a_wrong_password_is_said_at_once(settings: PostgresSettings) -> None:
    with pytest.raises(MigrationError, match=r"as highscores_owner: it refuses the password\. The Secret"):
        migrate(changed(settings, password=SecretStr("wrong")))


def test_a_database_that_is_not_there_is_said_at_once(settings: PostgresSettings) -> None:
    with pytest.raises(MigrationError, match=r"database nothing, .*: there is no such database\. Create it"):
        migrate(changed(settings, database="nothing"))


def test_a_server_that_does_not_come_is_said_after_a_while(settings: PostgresSettings) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        nobody = taken.getsockname()[1]
    with pytest.raises(MigrationError, match="no connection after up to 0 s"):
        migrate(changed(settings, port=nobody), within_s=0)
