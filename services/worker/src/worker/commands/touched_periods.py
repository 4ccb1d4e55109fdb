"""The periods in which the submissions of a batch count."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from highscores.domain.commands import SubmitScore
from highscores.domain.documents import DocumentId
from highscores.domain.periods import Period
from worker.commands.board_locks import LockedBoard


class TouchedPeriod(NamedTuple):
    board: LockedBoard
    period: Period

    @property
    def is_default(self) -> bool:
        """Whether the result of a job tells of the standing in this period."""
        return self.period.kind == self.board.rules.default_period

    @property
    def is_listed(self) -> bool:
        """Whether there are pages of it: `all` is counted on every board."""
        return self.period.kind in self.board.rules.periods

    @property
    def document(self) -> str:
        return str(DocumentId(self.board.board, self.period.id))


class TouchedPeriods:
    """Iterates over the periods that any of the submissions touches, each once.

    Most submissions of a board touch the same ones. So each set of periods that belong to a submission has a number,
    from 1: `set_numbers` are those of the submissions, in their order.
    """

    def __init__(self, submissions: Iterable[SubmitScore], boards: Mapping[str, LockedBoard]) -> None:
        self._touched: list[TouchedPeriod] = []
        self._sets: dict[tuple[int, ...], int] = {}
        self.set_numbers: list[int] = []
        indexes: dict[tuple[int, str], int] = {}
        for submission in submissions:
            board = boards[submission.board]
            members = []
            for kind in board.rules.counted_periods:
                period = board.rules.calendar.containing(kind, submission.achieved_at)
                index = indexes.setdefault((board.number, period.id), len(self._touched))
                if index == len(self._touched):
                    self._touched.append(TouchedPeriod(board, period))
                members.append(index)
            self.set_numbers.append(self._sets.setdefault(tuple(members), len(self._sets) + 1))

    def __iter__(self) -> Iterator[TouchedPeriod]:
        return iter(self._touched)

    def listed_members(self) -> list[tuple[int, int, str]]:
        """Return each listed period of each set: the number of the set, that of the period from 1, the period's id."""
        return [
            (number, index + 1, self._touched[index].period.id)
            for members, number in self._sets.items()
            for index in members
            if self._touched[index].is_listed
        ]
