"""What a command sends, refused here where it could not be sent as it was meant."""

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from highscores_client.errors import UnsendableError

IDEMPOTENCY_KEY_MAX = 200  # characters


def encoded(body: object) -> bytes:
    """Return the body as JSON; raise UnsendableError for what JSON cannot hold."""
    try:
        content = msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsendableError(f"this cannot be sent as JSON: {error}") from error
    # The encoder writes null for NaN and the infinities, which would be stored as if it had been meant.
    if b"null" in content:
        for pointer, number in _not_finite(msgspec.to_builtins(body), ""):
            raise UnsendableError(f"{pointer.removeprefix('/')} is {number}, which JSON cannot hold")
    return content


def checked_idempotency_key(key: str) -> str:
    """Return the key; raise UnsendableError for one that the service would refuse, above all an empty one."""
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX or not key.isascii() or not key.isprintable():
        raise UnsendableError(f"an idempotency key is 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters")
    return key


def _not_finite(value: Any, pointer: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield pointer, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _not_finite(member, f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            yield from _not_finite(member, f"{pointer}/{index}")
