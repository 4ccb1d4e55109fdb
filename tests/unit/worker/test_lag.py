"""The lag that an alert is raised for: it grows only while a document lacks the same change."""

import pytest

from highscores.documents.keys import DocumentKey
from highscores.domain.documents import DocumentId
from worker.documents.lag import Lag, Versions

TETRIS = DocumentKey(1, DocumentId("tetris", "all"))
CHESS = DocumentKey(2, DocumentId("chess", "all"))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lag(clock: Clock) -> Lag:
    return Lag(clock)


def test_what_is_first_seen_behind_is_not_late(lag: Lag) -> None:
    assert lag.observe({TETRIS: Versions(3, 4)}) == 0


def test_a_document_that_stands_still_is_later_and_later(lag: Lag, clock: Clock) -> None:
    lag.observe({TETRIS: Versions(3, 4)})
    clock.now += 2

    assert lag.observe({TETRIS: Versions(3, 9)}) == 2


def test_a_document_that_moves_and_still_lacks_the_change_is_late(lag: Lag, clock: Clock) -> None:
    lag.observe({TETRIS: Versions(3, 9)})
    clock.now += 2

    assert lag.observe({TETRIS: Versions(8, 12)}) == 2


def test_a_document_that_has_caught_up_and_fallen_behind_again_is_not_late(lag: Lag, clock: Clock) -> None:
    lag.observe({TETRIS: Versions(3, 4)})
    clock.now += 2

    assert lag.observe({TETRIS: Versions(4, 9)}) == 0


def test_the_latest_of_all_counts_until_it_is_current(lag: Lag, clock: Clock) -> None:
    lag.observe({TETRIS: Versions(3, 4)})
    clock.now += 2
    both = lag.observe({TETRIS: Versions(3, 4), CHESS: Versions(1, 2)})
    clock.now += 1

    assert (both, lag.observe({CHESS: Versions(1, 2)}), lag.observe({})) == (2, 1, 0)


def test_a_document_ahead_of_a_restored_ledger_is_late_until_it_is_built_anew(lag: Lag, clock: Clock) -> None:
    lag.observe({TETRIS: Versions(9, 4)})
    clock.now += 3

    assert lag.observe({TETRIS: Versions(9, 5)}) == 3
