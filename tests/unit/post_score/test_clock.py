"""The clock."""

import pytest

from post_score.clock import Clock


def test_no_two_commands_share_an_instant_even_when_time_stands_still_or_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([5_000_000, 5_000_000, 1_000_000, 9_000_999])
    monkeypatch.setattr("post_score.clock.time.time_ns", lambda: next(times))
    ticking = Clock()
    assert [ticking.now() for _ in range(4)] == [5_000, 5_001, 5_002, 9_000]
