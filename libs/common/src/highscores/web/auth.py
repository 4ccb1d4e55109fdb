"""Who calls: API keys, known by their SHA-256 alone."""

import hashlib
import re
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain import problems
from highscores.domain.problems import ProblemError
from highscores.ledger import reads
from highscores.ledger.engine import is_outage
from highscores.web.read_through_cache import ReadThroughCache

Scope = Literal["submit", "read", "admin"]

KNOWN_KEY_TTL_S = 5.0  # a revoked key still works for at most this long
UNKNOWN_KEY_TTL_S = 1.0
MAX_REMEMBERED_KEYS = 10_000
KEY_MAX_CHARACTERS = 200

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_SHOULD_BE = "Send the header Authorization: Bearer <key>."
_CREDENTIALS = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([\x21-\x7e]{1,%d}) *" % KEY_MAX_CHARACTERS)


class Caller(msgspec.Struct, frozen=True):
    """Who sent a request. `id` is stable and tells nothing of the key; admin may do what the other scopes may."""

    id: str
    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or "admin" in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise the 403 problem unless the caller has this scope."""
        if not self.may(scope):
            raise ProblemError(problems.forbidden(f"The scope {scope} is needed."))


class Keys:
    """Authenticates requests. Looks keys up by their hash, so there is no secret to compare at varying speed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._callers: ReadThroughCache[bytes, Caller] = ReadThroughCache(
            self._load,
            is_outage=is_outage,
            present_s=KNOWN_KEY_TTL_S,
            absent_s=UNKNOWN_KEY_TTL_S,
            max_entries=MAX_REMEMBERED_KEYS,
        )

    async def authenticate(self, authorization: bytes | str | None) -> Caller:
        """Return who sends this Authorization header; raise the 401 problem, or UnavailableError."""
        caller = await self.identify(authorization)
        if caller is None:
            raise _unauthorized(_SHOULD_BE)
        return caller

    async def identify(self, authorization: bytes | str | None) -> Caller | None:
        """Like `authenticate`, but None when there is no header at all. A bad key is 401 all the same."""
        if authorization is None:
            return None
        if isinstance(authorization, str):
            authorization = authorization.encode("latin-1", "replace")
        caller = await self._callers.get(hashlib.sha256(_key_in(authorization)).digest())
        if caller is None:
            raise _unauthorized("The key is not known.")
        return caller

    async def _load(self, key_hash: bytes) -> Caller | None:
        key = await reads.find_api_key(self._engine, key_hash)
        return Caller(key_hash.hex()[:32], key.name, key.scopes) if key else None


def _key_in(authorization: bytes) -> bytes:
    """Return the key of the header; raise the 401 problem, which says what it lacks and repeats none of it."""
    match = _CREDENTIALS.fullmatch(authorization)
    if match is None:
        raise _unauthorized(f"{_why_no_key(authorization)} {_SHOULD_BE}")
    return match[1]


def _why_no_key(authorization: bytes) -> str:
    scheme, _, rest = authorization.partition(b" ")
    key = rest.strip(b" ")
    if not scheme and not key:
        return "The header Authorization is empty."
    if scheme.lower() != b"bearer":
        if not key:
            return "The header Authorization lacks the word Bearer before the key."
        return "The header Authorization has another scheme than Bearer."
    if not key:
        return "The header Authorization has no key after the word Bearer."
    if b" " in key:
        return "The header Authorization has more than one word after Bearer."
    if len(key) > KEY_MAX_CHARACTERS:
        return f"The key is longer than {KEY_MAX_CHARACTERS} characters, so it is none."
    return "The key has a character that is not printable ASCII, so it is none."


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(problems.unauthorized(detail), _CHALLENGE)
