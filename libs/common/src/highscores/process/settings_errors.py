"""Settings that are wrong, told so that a person can mend them: which variable and why.

What a variable holds is told only by a validator of ours, of what is no secret.
"""

import sys
from collections.abc import Iterator
from typing import NoReturn

from pydantic import ValidationError
from pydantic_settings import BaseSettings

EXIT_BAD_SETTINGS = 2


def exit_explaining(program: str, error: ValidationError) -> NoReturn:
    """End the process, with a line on stderr for each environment variable that is wrong."""
    prefix = _prefix_of(error.title)
    for wrong in error.errors(include_input=False, include_url=False):
        variable = prefix + "_".join(str(part) for part in wrong["loc"]).upper()
        print(f"{program}: {variable}: {wrong['msg']}", file=sys.stderr)  # noqa: T201
    sys.exit(EXIT_BAD_SETTINGS)


def _prefix_of(section: str) -> str:
    sections = {each.__name__: each for each in _all_subclasses(BaseSettings)}
    return str(sections[section].model_config.get("env_prefix", "")) if section in sections else ""


def _all_subclasses(parent: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for child in parent.__subclasses__():
        yield child
        yield from _all_subclasses(child)
