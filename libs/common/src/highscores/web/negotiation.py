"""Media types: requests bring JSON, answers are JSON."""

from functools import lru_cache

from highscores.domain import problems
from highscores.domain.problems import ProblemError

_ACCEPTABLE = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


def require_json_body(content_type: bytes | None) -> None:
    """Raise the 415 problem unless the request says that its body is JSON (in UTF-8, if it says so)."""
    if content_type == b"application/json":
        return
    if not _is_json(content_type or b""):
        raise ProblemError(problems.unsupported_media_type(), {"Accept": "application/json"})


def require_json_answer(accept: bytes | None) -> None:
    """Raise the 406 problem when the client takes no JSON."""
    if accept is not None and not _accepts_json(accept):
        raise ProblemError(problems.not_acceptable())


@lru_cache(maxsize=256)
def _is_json(content_type: bytes) -> bool:
    media_type, *parameters = content_type.decode("latin-1").lower().split(";")
    charsets = [
        value.strip(' "') for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "charset"
    ]
    return media_type.strip() == "application/json" and all(charset in ("utf-8", "utf8") for charset in charsets)


@lru_cache(maxsize=256)
def _accepts_json(accept: bytes) -> bool:
    for choice in accept.decode("latin-1").lower().split(","):
        media_type, *parameters = (part.strip() for part in choice.split(";"))
        if media_type in _ACCEPTABLE and not any(_is_zero(parameter) for parameter in parameters):
            return True
    return not accept.strip()


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in ("", "0.")
