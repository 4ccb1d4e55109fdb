"""Which paths mean what they say.

Frameworks, clients and proxies fold paths, each in its own way: a slash too many, `.` and `..`, an encoded slash. What
they fold away changes what a command does: `DELETE …/boards/b/hidden/..` is sent by curl as `DELETE …/boards/b/`, and
that must not delete the board. So a path that could be folded is the path of nothing, whoever would fold it.
"""

import re

_COULD_BE_FOLDED = re.compile(rb"//|[^/]/\Z|%2[fF]|/(?:[.]|%2[eE]){1,2}(?:/|\Z)")


def is_plain(raw_path: bytes) -> bool:
    """Tell whether the path, as it was sent, has no empty segment, no `.` or `..`, and no slash in disguise."""
    return _COULD_BE_FOLDED.search(raw_path) is None
