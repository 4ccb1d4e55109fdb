"""Cross-origin requests: public things are read from anywhere; keys and commands come from listed origins only."""

from typing import Literal

from highscores.web.answers import Answer, Headers

Policy = Literal["reads", "commands"]

PREFLIGHT_MAX_AGE_S = 600
_EXPOSED = b"ETag, Location, Retry-After, WWW-Authenticate, X-Request-ID"
_METHODS = {"reads": b"GET, HEAD", "commands": b"GET, HEAD, POST, PUT, DELETE"}
# What is heeded, what browsers and libraries add of their own, and any other: to refuse a header that is not heeded
# refuses the request, and protects nobody. Browsers never take the * for `Authorization`, and old ones for nothing.
_PLAIN_HEADERS = (
    b"Accept, Content-Type, If-None-Match, Prefer, X-Request-ID, Last-Event-ID, Cache-Control, Pragma, "
    b"If-Modified-Since, X-Requested-With, User-Agent, traceparent, tracestate, baggage, *"
)
_ALL_HEADERS = _PLAIN_HEADERS + b", Authorization, Idempotency-Key"
_READ_BY_ALL: Headers = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]


class Cors:
    """Says for a service what browsers may do. Nothing here depends on cookies: credentials are never allowed."""

    def __init__(self, policy: Policy, origins: tuple[str, ...]) -> None:
        self._policy = policy
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers(self, origin: bytes | None) -> Headers:
        """Return what an answer to a request of this origin carries."""
        if self._policy == "reads":
            return _READ_BY_ALL  # whoever asks, since a cache may keep the answer for another
        if origin is None or origin not in self._origins:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, headers: dict[bytes, bytes]) -> Answer | None:
        """Return the answer to an OPTIONS request that is an allowed preflight, None when it is something else."""
        origin = headers.get(b"origin")
        if origin is None or b"access-control-request-method" not in headers:
            return None
        listed = origin in self._origins
        if self._policy == "commands" and not listed:
            return None
        return Answer(
            204,
            [
                (b"access-control-allow-methods", _METHODS[self._policy]),
                (b"access-control-allow-headers", _ALL_HEADERS if listed else _PLAIN_HEADERS),
                (b"access-control-max-age", str(PREFLIGHT_MAX_AGE_S).encode()),
            ],
            b"",
        )
