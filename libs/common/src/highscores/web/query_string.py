"""Query strings, read strictly: what is unknown, given twice or wrong is named, all of it in one answer."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

from highscores.domain.problems import FieldError, ProblemError, invalid_fields
from highscores.web.field_faults import pointer_token

FIELDS_MAX = 16  # of one query string; no call has so many parameters

ODD_TOLD = 10  # of one list
ODD_CHARACTERS = 64  # of each

Value = TypeVar("Value")


class QueryString:
    """One query string. `take` collects what is wrong; `check` raises it, together."""

    def __init__(self, query_string: bytes, known: frozenset[str]) -> None:
        self._values: dict[str, str] = {}
        self._errors: list[FieldError] = []
        try:
            text = query_string.decode()
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
        except ValueError as error:
            reason = f"holds more than {FIELDS_MAX} parameters" if "fields" in str(error) else "is not UTF-8"
            raise ProblemError(invalid_fields(f"The query string {reason}.")) from error
        for name, value in pairs:
            if name not in known:
                self._refuse(name, "is not a parameter of this call")
            elif name in self._values:
                self._refuse(name, "is given more than once")
            self._values[name] = value

    def value(self, name: str) -> str | None:
        return self._values.get(name)

    def take(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """Return the parameter as `read` understands it; None when it is absent, or wrong and so to be told."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as error:
            self._refuse(name, str(error))
            return None

    def require(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """Like `take`, but a parameter that is absent is wrong."""
        if name not in self._values:
            self._refuse(name, "is missing")
        return self.take(name, read)

    def refuse_combinations(self, *names: str) -> None:
        """Of these parameters one may be given; each further one is wrong."""
        first, *others = [name for name in names if name in self._values] or [""]
        for name in others:
            self._refuse(name, f"does not go together with {first}")

    def attempt(self, read: Callable[[], Value]) -> Value | None:
        """Return what `read` returns; None when it raises ProblemError, whose fields are then to be told too."""
        try:
            return read()
        except ProblemError as error:
            self._errors += error.problem.errors
            return None

    def check(self) -> None:
        """Raise ProblemError if anything was wrong so far."""
        if self._errors:
            raise ProblemError(invalid_fields(errors=self._errors))

    def _refuse(self, name: str, detail: str) -> None:
        pointer = f"#/{pointer_token(name)}"
        if all(error.pointer != pointer for error in self._errors):
            self._errors.append(FieldError(pointer, detail))


def require_no_parameters(query_string: bytes) -> None:
    """Raise ProblemError naming each parameter of a call that takes none."""
    if query_string:
        QueryString(query_string, frozenset()).check()


def require_each(values: Sequence[str], is_right: Callable[[str], bool], rule: str) -> None:
    """Raise ValueError naming those of a list that are not right: whoever made the list must find them in it."""
    odd = [(number, value) for number, value in enumerate(values, start=1) if not is_right(value)]
    if odd:
        told = ", ".join(f'number {number} ("{_shortened(value)}")' for number, value in odd[:ODD_TOLD])
        more = f" and {len(odd) - ODD_TOLD} more" if len(odd) > ODD_TOLD else ""
        raise ValueError(f"{told}{more}: each {rule}")


def _shortened(text: str) -> str:
    return text if len(text) <= ODD_CHARACTERS else f"{text[:ODD_CHARACTERS]}…"
