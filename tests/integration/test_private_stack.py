"""The servers that tests lean on: a kill -9 of one is survived, and a paused one is seen as not ready."""

from collections.abc import Iterator

import pytest
from tests.servers import PrivateStack, private_stack

from highscores_local import postgres

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stack() -> Iterator[PrivateStack]:
    """Not the shared one: what other tests are connected to must not be killed here."""
    with private_stack(("postgres", "redis-jobs")) as stack:
        yield stack


def test_postgres_keeps_what_was_committed_through_a_kill(stack: PrivateStack) -> None:
    database = stack.servers.postgres
    database.query("create table kept (n int); insert into kept values (1)")

    stack.kill("postgres")
    assert stack.programs["postgres"].check() is not None
    stack.start("postgres")

    assert database.query("select n from kept").strip() == "1"


def test_a_paused_server_is_not_ready_until_it_goes_on(stack: PrivateStack) -> None:
    stack.pause("redis-jobs")
    try:
        assert stack.programs["redis-jobs"].check() is not None
    finally:
        stack.resume("redis-jobs")

    assert stack.programs["redis-jobs"].check() is None


def test_making_the_database_again_changes_nothing(stack: PrivateStack) -> None:
    database = stack.servers.postgres

    database.create_database()

    roles = database.query("select rolname from pg_roles where rolname like 'highscores%' order by 1")
    assert roles.split() == [postgres.OWNER, postgres.READER, postgres.WRITER]


def test_each_role_has_its_own_settings(stack: PrivateStack) -> None:
    passwords = {
        stack.environment(role)["HIGHSCORES_POSTGRES_PASSWORD"]
        for role in (postgres.OWNER, postgres.WRITER, postgres.READER)
    }

    assert len(passwords) == 3
