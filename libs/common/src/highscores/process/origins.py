"""Origins as browsers write them: scheme, host, and the port unless it is the scheme's own.

A browser sends its origin in exactly one spelling, and it is compared letter by letter. Another spelling in the
settings would match nobody, and nobody would be told.
"""

import re

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?")
_PORTS = {"http": "80", "https": "443"}
_LIKE = "write it like https://game.example.com or http://localhost:3000"


def why_no_origin(text: str) -> str | None:
    """Return what is wrong with what should be an origin, None when it is one."""
    match = _ORIGIN.fullmatch(text)
    if match is not None:
        scheme, _, port = match.groups()
        return f"a browser leaves out the port {port} of {scheme}" if port and port == _PORTS.get(scheme) else None
    if "*" in text:
        return "an origin holds no *: list each one"
    if text != text.strip() or not text:
        return "there is a blank too many, or nothing between two commas"
    if _ORIGIN.fullmatch(text.rstrip("/")):
        return "an origin does not end in a slash"
    if _ORIGIN.fullmatch(text.lower()):
        return "a browser writes an origin in lower case"
    return f"this is no origin: {_LIKE}"
