"""Rows for documents without a ledger, and what a worker does with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey, redis_keys
from highscores.documents.store import Documents, Position
from highscores.domain.documents import DocumentId

PARTS = ("rank", "player", "meta")
NO_JOB = UUID(int=0)
BOARD_NUMBER = 7


@dataclass(frozen=True)
class Row:
    """`score` as Redis ranks it: negated when higher is better."""

    player: str
    score: int = 0
    at: int = 0
    job: UUID = NO_JOB
    stays: bool = True
    subscores: str = ""  # as a tie-break begins with them

    @property
    def tie_break(self) -> str:
        return f"{self.subscores}{self.at:014x}{self.job.hex}"

    def order(self) -> tuple[int, bytes]:
        """As Redis orders entries."""
        return self.score, f"{self.tie_break}:{self.player}".encode()

    def line(self) -> str:
        """As worker/changes.py has PostgreSQL write it."""
        if not self.stays:
            return f"-{self.player}\n"
        json = f'"player":"{self.player}","score":{self.score}}}'
        return f"+{self.player}\t{self.score}\t{self.tie_break}:{json}\n"


def lines(rows: Iterable[Row]) -> str:
    return "".join(row.line() for row in rows)


def ladder(count: int) -> list[Row]:
    """p00, p01, ... in rank order."""
    return [Row(f"p{n:02}", n * 10, job=UUID(int=n)) for n in range(count)]


def some_key() -> DocumentKey:
    return DocumentKey(BOARD_NUMBER, DocumentId(f"t{uuid4().hex}", "all"))


async def build(documents: Documents, document: DocumentKey, rows: Iterable[Row], version: int = 1) -> Position:
    """A complete document at this version; return its position."""
    old = await documents.position(document)
    assert await begin(documents, document, rows, version)
    assert await documents.publish(document, over=old.generation if old else None)
    position = await documents.position(document)
    assert position is not None
    return position


async def begin(documents: Documents, document: DocumentKey, rows: Iterable[Row], version: int | None = 1) -> bool:
    """A new document beside the old one, complete unless the version is None."""
    to = Checkpoint(1 if version is None else version)
    return await documents.apply(
        document, new=True, generation=uuid4().hex, at=None, to=to, version=version, lines=lines(rows)
    )


async def advance(
    documents: Documents, document: DocumentKey, position: Position, to: Checkpoint, rows: Iterable[Row]
) -> bool:
    """The document with these rows besides, complete."""
    return await documents.apply(
        document,
        new=False,
        generation=position.generation,
        at=position.checkpoint,
        to=to,
        version=to.version,
        lines=lines(rows),
    )


def key(document: DocumentKey, part: str, *, new: bool = False) -> str:
    return redis_keys(document, new=new)[PARTS.index(part)]
