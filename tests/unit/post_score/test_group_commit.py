"""Group commit: who waits for whom, and who hears what."""

import asyncio
from collections.abc import Sequence

import pytest

from highscores.queue.publisher import UnconfirmedError
from post_score import group_commit
from post_score.group_commit import GROUP_MAX_ITEMS, WAITING_MAX_ITEMS, GroupCommit


class RefusedError(Exception):
    pass


class Sender:
    """Keeps the groups that it was given; each waits until the gate opens."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.refused: set[int] = set()
        self.error: Exception | None = None
        self.at_work = 0

    async def __call__(self, items: Sequence[int]) -> list[Exception | None]:
        assert self.at_work == 0, "two groups at once"
        self.at_work += 1
        self.groups.append(list(items))
        await self.gate.wait()
        self.at_work -= 1
        if self.error:
            raise self.error
        return [RefusedError(item) if item in self.refused else None for item in items]


async def begin(commits: GroupCommit[int], items: Sequence[int]) -> list[asyncio.Task[None]]:
    """Let each item ask for its commit, in order, and go as far as it can."""
    tasks = [asyncio.create_task(commits.commit(item)) for item in items]
    await settle()
    return tasks


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lone_item_waits_for_nobody() -> None:
    sender = Sender()
    sender.gate.set()
    await GroupCommit(sender).commit(1)
    assert sender.groups == [[1]]


async def test_nobody_is_answered_before_the_group_is_committed() -> None:
    sender = Sender()
    [task] = await begin(GroupCommit(sender), [1])
    assert not task.done()
    sender.gate.set()
    await task


async def test_what_comes_while_a_group_is_sent_goes_together_in_order() -> None:
    sender = Sender()
    commits = GroupCommit(sender)
    first = await begin(commits, [0])
    second = await begin(commits, [1, 2, 3])
    sender.gate.set()
    await asyncio.gather(*first, *second)
    assert sender.groups == [[0], [1, 2, 3]]


async def test_a_group_is_bounded() -> None:
    sender = Sender()
    sender.gate.set()
    items = range(GROUP_MAX_ITEMS + 1)
    commits = GroupCommit(sender)
    await asyncio.gather(*(commits.commit(item) for item in items))
    assert [len(group) for group in sender.groups] == [GROUP_MAX_ITEMS, 1]
    assert [item for group in sender.groups for item in group] == list(items)


async def test_too_many_waiting_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "WAITING_MAX_ITEMS", 3)
    sender = Sender()
    commits = GroupCommit(sender)
    sent, waiting = await begin(commits, [0]), await begin(commits, [1, 2, 3])
    with pytest.raises(UnconfirmedError):
        await commits.commit(4)
    sender.gate.set()
    await asyncio.gather(*sent, *waiting)
    assert sender.groups == [[0], [1, 2, 3]]


def test_the_bounds_have_sane_sizes() -> None:
    assert 1 < GROUP_MAX_ITEMS < WAITING_MAX_ITEMS


async def test_a_refusal_is_for_its_item_alone() -> None:
    sender = Sender()
    sender.gate.set()
    sender.refused = {1}
    commits = GroupCommit(sender)
    answers = await asyncio.gather(*(commits.commit(item) for item in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), RefusedError, type(None)]


async def test_an_error_of_the_sender_reaches_all_of_its_group_and_nobody_else() -> None:
    sender = Sender()
    commits = GroupCommit(sender)
    failing = await begin(commits, [0])
    sender.error = UnconfirmedError("down")
    sender.gate.set()
    assert [type(error) for error in await asyncio.gather(*failing, return_exceptions=True)] == [UnconfirmedError]

    sender.error = None
    await asyncio.gather(*(commits.commit(item) for item in (1, 2)))
    assert sender.groups == [[0], [1, 2]]


async def test_an_error_reaches_each_of_many() -> None:
    sender = Sender()
    sender.gate.set()
    sender.error = UnconfirmedError("down")
    commits = GroupCommit(sender)
    answers = await asyncio.gather(*(commits.commit(item) for item in range(3)), return_exceptions=True)
    assert answers == [sender.error] * 3


async def test_a_caller_who_left_before_the_sending_is_not_sent() -> None:
    sender = Sender()
    commits = GroupCommit(sender)
    first = await begin(commits, [0])
    leaving, staying = await begin(commits, [1, 2])
    leaving.cancel()
    await settle()
    sender.gate.set()
    await asyncio.gather(*first, staying)
    assert sender.groups == [[0], [2]]


async def test_a_group_whose_callers_have_all_left_is_not_sent() -> None:
    sender = Sender()
    commits = GroupCommit(sender)
    first = await begin(commits, [0])
    [leaving] = await begin(commits, [1])
    leaving.cancel()
    await settle()
    sender.gate.set()
    await asyncio.gather(*first)
    await commits.commit(2)
    assert sender.groups == [[0], [2]]


async def test_a_caller_who_leaves_during_the_sending_harms_nobody() -> None:
    sender = Sender()
    commits = GroupCommit(sender)
    [first] = await begin(commits, [0])
    leaving, staying = await begin(commits, [1, 2])
    sender.gate.set()
    await first
    leaving.cancel()
    await staying
    await commits.commit(3)
    assert sender.groups == [[0], [1, 2], [3]]
