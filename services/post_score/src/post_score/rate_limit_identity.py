"""Whose request it is, for limits and idempotency keys."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from highscores.web.auth import Caller

# A household or a phone gets a network of this size, and may use any address in it.
IPV6_PREFIX_BITS = 64


def caller_id(caller: Caller) -> str:
    return f"key-{caller.id}"


def address_id(scope: Any, headers: Mapping[bytes, bytes]) -> str:
    """The client's address: what our own proxy, the last hop, says of it, else the peer's."""
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
    peer = scope["client"][0] if scope.get("client") else ""
    for text in (forwarded, peer):
        try:
            address = ip_address(text)
        except ValueError:
            continue
        if isinstance(address, IPv6Address):
            if address.ipv4_mapped is None:
                return f"ip-{ip_network((address.packed, IPV6_PREFIX_BITS), strict=False).network_address}"
            address = address.ipv4_mapped
        return f"ip-{address}"
    return "ip-unknown"
