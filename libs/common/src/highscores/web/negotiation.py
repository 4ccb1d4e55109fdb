"""Media types: requests bring JSON, answers are JSON."""

import re
from functools import lru_cache

from highscores.domain import problems
from highscores.domain.problems import ProblemError

MAX_QUOTED_CHARACTERS = 100

# The media ranges that hold what is answered. The most specific one that a client gives decides (RFC 9110, 12.5.1).
_RANGES = ("application/json", "application/problem+json", "application/*", "*/*")
_CHOICE = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')  # a comma within quotes separates nothing
_ZERO_WEIGHT = re.compile(r";\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)")


def require_json_body(content_type: bytes | None) -> None:
    """Raise the 415 problem unless the request says that its body is JSON (in UTF-8, if it says so)."""
    if content_type == b"application/json":
        return
    if (reason := _why_not_json(content_type or b"")) is not None:
        raise ProblemError(problems.unsupported_media_type(reason), {"Accept": "application/json"})


def require_plain_body(content_encoding: bytes | None) -> None:
    """Raise the 415 problem when the request says that its body is compressed: a small one may unpack to any size."""
    if content_encoding is not None and content_encoding.strip().lower() not in (b"", b"identity"):
        detail = "The body must come as it is, without a Content-Encoding."
        raise ProblemError(problems.unsupported_media_type(detail), {"Accept-Encoding": "identity"})


def require_json_answer(accept: bytes | None) -> None:
    """Raise the 406 problem when the client takes no JSON."""
    if accept is not None and not _accepts_json(accept):
        raise ProblemError(problems.not_acceptable())


@lru_cache(maxsize=256)
def _why_not_json(content_type: bytes) -> str | None:
    media_type, *parameters = content_type.decode("latin-1").lower().split(";")
    media_type = media_type.strip()
    if not media_type:
        return "The header Content-Type is missing: it must be application/json."
    if media_type != "application/json":
        said = media_type[:MAX_QUOTED_CHARACTERS]
        return f"The header Content-Type says {said}: it must be application/json."
    charsets = [
        value.strip(' "') for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "charset"
    ]
    if not all(charset in ("utf-8", "utf8") for charset in charsets):
        return "The header Content-Type says another charset than utf-8."
    return None


@lru_cache(maxsize=256)
def _accepts_json(accept: bytes) -> bool:
    wanted: dict[str, bool] = {}
    for choice in _CHOICE.findall(accept.decode("latin-1").lower()):
        media_range = choice.partition(";")[0].strip()
        wanted[media_range] = wanted.get(media_range, False) or _ZERO_WEIGHT.search(choice) is None
    return not accept.strip() or next((wanted[each] for each in _RANGES if each in wanted), False)
