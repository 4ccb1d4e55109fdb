"""Headers as a mapping, also those that come in several lines (RFC 9110, 5.3).

The lines of a list belong together, whichever proxy or library split them. Of what can be one value only, two that
differ mean that two programs disagree: which of them would count is not for this service to guess.
"""

from collections.abc import Sequence

from highscores.domain import problems
from highscores.domain.problems import FieldError, ProblemError

Lines = Sequence[tuple[bytes, bytes]]

# Each as the interface spells it; names arrive in lower case.
_SINGLE = {
    name.lower().encode(): name for name in ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
}


def combine(lines: Lines) -> dict[bytes, bytes]:
    """Return the headers by name, lines of one name with commas between them; raise the 422 problem naming those that
    can be given once only, and came twice with different values."""
    headers: dict[bytes, bytes] = {}
    differing: list[str] = []
    for name, value in lines:
        earlier = headers.get(name)
        if earlier is None:
            headers[name] = value
        elif name not in _SINGLE:
            headers[name] = earlier + b", " + value
        elif value != earlier and _SINGLE[name] not in differing:
            differing.append(_SINGLE[name])
    if differing:
        errors = [FieldError(f"#/{name}", "is given more than once, with different values") for name in differing]
        raise ProblemError(problems.invalid_fields(errors=errors))
    return headers
