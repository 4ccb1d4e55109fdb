"""How long a client would wait."""

import pytest

from get_scores.preferences import wait_s


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (b"wait=0", 0),
        (b"wait=5", 5),
        (b"WAIT = 5", 5),
        (b'wait="5"', 5),
        (b"respond-async, wait=7", 7),
        (b"wait=7; strict", 7),
        (b"wait=11", 10),
        (b"wait=999999999", 10),
        (b"wait=1, wait=5", 1),
    ],
)
def test_understood(prefer: bytes, seconds: int) -> None:
    assert wait_s(prefer) == seconds


@pytest.mark.parametrize(
    "prefer",
    [None, b"", b"wait", b"wait=", b"wait=x", b"wait=-1", b"wait=1.5", b"waits=9", b"wait=9999999999", b"wait=\xb2"],
)
def test_malformed_counts_as_not_said(prefer: bytes | None) -> None:
    assert wait_s(prefer) is None
