"""What the failure of a statement means: by SQLSTATE, whoever raised it."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from highscores.ledger.engine import Fault, fault_of, sqlstate


class DriverError(Exception):
    def __init__(self, state: object) -> None:
        super().__init__("the text is in the language of the server, and says nothing")
        self.sqlstate = state


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("08006", Fault.UNAVAILABLE),  # connection failure
        ("25006", Fault.UNAVAILABLE),  # read-only: a standby, until it is promoted
        ("25P03", Fault.UNAVAILABLE),  # idle in transaction for too long: the worker was stopped for a while
        ("28P01", Fault.UNAVAILABLE),  # wrong password
        ("3D000", Fault.UNAVAILABLE),  # no such database
        ("40001", Fault.UNAVAILABLE),  # serialization failure
        ("40P01", Fault.UNAVAILABLE),  # deadlock
        ("42501", Fault.UNAVAILABLE),  # insufficient privilege
        ("42P01", Fault.UNAVAILABLE),  # undefined table: not migrated yet
        ("53100", Fault.UNAVAILABLE),  # disk full
        ("53300", Fault.UNAVAILABLE),  # too many connections
        ("55000", Fault.UNAVAILABLE),  # a database that may not be connected to, while a restored one takes its place
        ("55P03", Fault.UNAVAILABLE),  # lock not available
        ("57014", Fault.UNAVAILABLE),  # statement timeout
        ("57P01", Fault.UNAVAILABLE),  # shutting down
        ("57P03", Fault.UNAVAILABLE),  # starting up
        ("58030", Fault.UNAVAILABLE),  # input/output error
        ("21000", Fault.POISON),  # cardinality violation
        ("22003", Fault.POISON),  # out of range
        ("22P02", Fault.POISON),  # invalid text
        ("23505", Fault.POISON),  # unique violation
        ("23514", Fault.POISON),  # check violation
        ("25P02", Fault.BUG),  # a statement after one that failed
        ("XX000", Fault.BUG),  # internal error
        ("P0001", Fault.BUG),  # raised by a function: there are none
    ],
)
def test_a_state_means_the_same_from_the_driver_and_through_sqlalchemy(state: str, fault: Fault) -> None:
    error = DriverError(state)
    assert fault_of(error) is fault
    assert fault_of(DBAPIError("select", None, error)) is fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (asyncpg.DeadlockDetectedError("x"), Fault.UNAVAILABLE),
        (asyncpg.QueryCanceledError("x"), Fault.UNAVAILABLE),
        (asyncpg.CannotConnectNowError("x"), Fault.UNAVAILABLE),
        (asyncpg.ConnectionDoesNotExistError("x"), Fault.UNAVAILABLE),
        (asyncpg.CheckViolationError("x"), Fault.POISON),
        (asyncpg.NumericValueOutOfRangeError("x"), Fault.POISON),
        (asyncpg.DataError("x"), Fault.POISON),
    ],
)
def test_the_driver_s_own_errors(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        ConnectionResetError(),
        OSError(),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        InterfaceError("select", None, Exception("connection is closed")),
        PoolTimeoutError(),
    ],
)
def test_a_lost_connection_is_for_later(error: Exception) -> None:
    assert fault_of(error) is Fault.UNAVAILABLE


def test_a_lost_connection_is_known_behind_the_layers_above_the_driver() -> None:
    adapted = Exception("cannot switch to state 12; another operation (2) is in progress")
    adapted.__cause__ = asyncpg.InternalClientError(str(adapted))

    assert fault_of(DBAPIError("select", None, adapted)) is Fault.UNAVAILABLE


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), RuntimeError(), DriverError(None), DriverError(42)])
def test_all_else_is_a_bug(error: Exception) -> None:
    assert sqlstate(error) is None
    assert fault_of(error) is Fault.BUG
