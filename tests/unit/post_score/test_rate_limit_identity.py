"""Whose request it is."""

from typing import Any

import pytest

from post_score.rate_limit_identity import address_id


@pytest.mark.parametrize(
    ("forwarded", "peer", "found"),
    [
        (None, "192.0.2.1", "ip-192.0.2.1"),
        (b"198.51.100.7", "127.0.0.1", "ip-198.51.100.7"),
        (b"6.6.6.6, 198.51.100.7", "127.0.0.1", "ip-198.51.100.7"),
        (b"not an address", "192.0.2.1", "ip-192.0.2.1"),
        (b"2001:db8:1:2:3:4:5:6", "::1", "ip-2001:db8:1:2::"),
        (b"2001:db8:1:2:ffff::1", "::1", "ip-2001:db8:1:2::"),
        (b"::ffff:192.0.2.9", "::1", "ip-192.0.2.9"),
        (b"}{", "", "ip-unknown"),
    ],
)
def test_an_address_is_what_the_last_hop_says(forwarded: bytes | None, peer: str, found: str) -> None:
    scope: dict[str, Any] = {"client": (peer, 1) if peer else None}
    assert address_id(scope, {b"x-forwarded-for": forwarded} if forwarded else {}) == found
