"""The servers that tests lean on: a kill -9 of one is survived, and a paused one is seen as not ready."""

import pytest
from tests.servers import PrivateStack

from highscores_local import postgres

pytestmark = pytest.mark.integration


def test_postgres_keeps_what_was_committed_through_a_kill(servers: PrivateStack) -> None:
    database = servers.servers.postgres
    database.query("create table kept (n int); insert into kept values (1)")
    try:
        servers.kill("postgres")
        assert servers.programs["postgres"].check() is not None
        servers.start("postgres")

        assert database.query("select n from kept").strip() == "1"
    finally:
        database.query("drop table if exists kept")


def test_a_paused_server_is_not_ready_until_it_goes_on(servers: PrivateStack) -> None:
    servers.pause("redis-jobs")
    try:
        assert servers.programs["redis-jobs"].check() is not None
    finally:
        servers.resume("redis-jobs")

    assert servers.programs["redis-jobs"].check() is None


def test_making_the_database_again_changes_nothing(servers: PrivateStack) -> None:
    servers.servers.postgres.create_database()

    roles = servers.servers.postgres.query("select rolname from pg_roles where rolname like 'highscores%' order by 1")
    assert roles.split() == [postgres.OWNER, postgres.READER, postgres.WRITER]


def test_each_role_has_its_own_settings(servers: PrivateStack) -> None:
    passwords = {
        servers.environment(role)["HIGHSCORES_POSTGRES_PASSWORD"]
        for role in (postgres.OWNER, postgres.WRITER, postgres.READER)
    }

    assert len(passwords) == 3
