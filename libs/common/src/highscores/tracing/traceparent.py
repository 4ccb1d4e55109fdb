"""The W3C's `traceparent`: which trace something belongs to, and which span of it is the parent.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from typing import NamedTuple

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_SAMPLED = 0x01


class Traceparent(NamedTuple):
    trace_id: str
    span_id: str
    is_sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.is_sampled):02x}"


def parse(text: str) -> Traceparent | None:
    """Return what a header of any version says; None when it breaks the rules, and so says nothing."""
    match = _HEADER.fullmatch(text)
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return Traceparent(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def log_names(header: bytes | str | None) -> dict[str, str]:
    """Return what a line of log says of the trace that a request or a command came with."""
    if header is None:
        return {}
    given = parse(header if isinstance(header, str) else header.decode("latin-1"))
    return {"trace_id": given.trace_id} if given is not None else {}
