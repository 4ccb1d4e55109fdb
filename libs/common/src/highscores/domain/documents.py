"""Document ids: `board:period` or `board:period:region`. No part can hold a colon, so they split without loss."""

import re

import msgspec

DOCUMENT_ID_PATTERN = "([a-z0-9][a-z0-9-]{0,62}):([A-Za-z0-9-]{1,63})(?::([A-Za-z0-9-]{1,16}))?"

_FORM = re.compile(DOCUMENT_ID_PATTERN)


class DocumentId(msgspec.Struct, frozen=True):
    """The identity of one document: all standings of one board and period, or those of one region in it."""

    board: str
    period: str
    region: str | None = None

    def __str__(self) -> str:
        return f"{self.board}:{self.period}" + (f":{self.region}" if self.region else "")

    @classmethod
    def parse(cls, text: str) -> "DocumentId":
        """Raise ValueError when `text` cannot be an id; whether its parts exist is for the caller to ask."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError("a document id is board:period or board:period:region")
        return cls(*match.groups())
