"""A log line about an error: enough to find it, nothing of what a client sent."""

from typing import NoReturn

import asyncpg
from sqlalchemy.exc import DBAPIError

from highscores.process.error_facts import FRAMES_MAX, facts_of


def raised(error: BaseException, depth: int = 0) -> BaseException:
    def fall(left: int) -> NoReturn:
        if left:
            fall(left - 1)
        raise error

    try:
        fall(depth)
    except BaseException as caught:
        return caught


def test_type_and_place_are_told_and_no_text() -> None:
    facts = facts_of(raised(ValueError("secret")))

    assert facts.keys() == {"error", "frames"}
    assert facts["error"] == "ValueError"
    assert facts["frames"][-1].startswith("process/test_error_facts.py:")
    assert facts["frames"][-1].endswith(" fall")


def test_a_server_s_error_has_its_sqlstate() -> None:
    error = asyncpg.UniqueViolationError("secret")

    assert facts_of(raised(error))["sqlstate"] == "23505"
    assert facts_of(raised(DBAPIError("select", {"secret": 1}, error)))["sqlstate"] == "23505"


def test_a_group_is_told_by_its_first_error() -> None:
    group = BaseExceptionGroup("secret", [BaseExceptionGroup("inner", [raised(KeyError("secret"))]), ValueError()])

    assert facts_of(group)["error"] == "KeyError"


def test_a_cause_is_named() -> None:
    error = RuntimeError("secret")
    error.__cause__ = OSError("secret")

    assert facts_of(error)["cause"] == "OSError"


def test_there_are_only_so_many_frames() -> None:
    assert len(facts_of(raised(ValueError(), depth=3 * FRAMES_MAX))["frames"]) == FRAMES_MAX
