"""How far a document has come through the rows of its period."""

from typing import NamedTuple

# Versions are microseconds since 1970: so many digits reach to the year 33,658, and fit into PostgreSQL's bigint.
VERSION_DIGITS = 18


class Checkpoint(NamedTuple):
    """Through all rows up to that of `player` in `version`, in this order; through all of the version if it is None."""

    version: int
    player: str | None = None

    def __str__(self) -> str:
        return str(self.version) if self.player is None else f"{self.version}:{self.player}"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Raise ValueError when `text` is no checkpoint. A player id may hold `:`; a version does not."""
        version, delimiter, player = text.partition(":")
        if not (version.isascii() and version.isdigit() and len(version) <= VERSION_DIGITS):
            raise ValueError(f"a version is at most {VERSION_DIGITS} digits")
        return cls(int(version), player if delimiter else None)


START = Checkpoint(0)
