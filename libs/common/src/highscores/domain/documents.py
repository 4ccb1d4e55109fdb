"""Document ids: `board:period` or `board:period:region`. No part can hold a colon, so they split without loss."""

import msgspec


class DocumentId(msgspec.Struct, frozen=True):
    """The identity of one document: all standings of one board and period, or those of one region in it."""

    board: str
    period: str
    region: str | None = None

    def __str__(self) -> str:
        return f"{self.board}:{self.period}" + (f":{self.region}" if self.region else "")

    @classmethod
    def parse(cls, text: str) -> "DocumentId":
        """Raise ValueError when `text` has not two or three parts; whether they exist is for the caller to ask."""
        parts = text.split(":")
        if not 2 <= len(parts) <= 3 or not all(parts):
            raise ValueError("a document id is board:period or board:period:region")
        return cls(*parts)
