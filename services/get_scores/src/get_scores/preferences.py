"""The `Prefer` header (RFC 7240): how long a client would wait for a document to be built."""

import re

WAIT_DEFAULT_S = 2
WAIT_MAX_S = 10

_WAIT = re.compile(r'wait\s*=\s*"?([0-9]{1,9})"?', re.ASCII | re.IGNORECASE)


def wait_s(prefer: bytes | None) -> int | None:
    """Return the seconds that were asked for, None if none were. What is malformed counts as not said."""
    for preference in (prefer or b"").decode("latin-1").split(","):
        if match := _WAIT.fullmatch(preference.partition(";")[0].strip()):
            return min(int(match[1]), WAIT_MAX_S)
    return None
