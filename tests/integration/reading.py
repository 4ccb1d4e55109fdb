"""Reading a whole document page by page, as entries with their ranks."""

import json
from typing import Any, Literal, NamedTuple

from tests.model import Rules, Standing, ranks

from highscores.documents.cursor import Cursor
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Page
from highscores.domain.periods import rfc3339

ORDINAL = Rules()


class Entry(NamedTuple):
    rank: int  # from 1
    player: str
    score: int
    fields: dict[str, Any]


def entries(page: Page) -> list[Entry]:
    return [entry(rank, text) for rank, text in page.entries]


def entry(rank: int, text: bytes) -> Entry:
    fields = json.loads(b"{" + text)
    return Entry(rank, fields["player"], fields["score"], fields)


def players(page: Page) -> list[str]:
    return [entry.player for entry in entries(page)]


def expected(table: list[Standing], rules: Rules = ORDINAL) -> list[Entry]:
    """The model's ranked standings as entries, with the ranks of a board with these rules."""
    return [
        Entry(
            rank,
            row.player,
            row.score,
            {
                "player": row.player,
                "name": row.counts.name,
                "score": row.score,
                "subscores": list(row.subscores),
                "region": row.counts.region,
                "achieved_at": rfc3339(row.counts.achieved_at),
                "metadata": json.loads(row.counts.metadata) if row.counts.metadata else None,
            },
        )
        for rank, row in zip(ranks(rules, table), table, strict=True)
    ]


async def some_page(
    documents: Documents,
    document: DocumentKey,
    limit: int,
    cursor: Cursor | None = None,
    *,
    tie_width: int | None = None,
) -> Page:
    page = await documents.page(document, limit, cursor, tie_width=tie_width)
    assert page is not None
    return page


async def walk(
    documents: Documents,
    document: DocumentKey,
    limit: int,
    side: Literal["next", "prev"] = "next",
    page: Page | None = None,
    *,
    tie_width: int | None = None,
) -> list[Page]:
    """All pages from the given one, or the first, as far as its cursors lead."""
    page = page or await some_page(documents, document, limit, tie_width=tie_width)
    pages = [page]
    while cursor := getattr(page, side):
        assert len(pages) <= page.total + 1, "the cursors lead in a circle"
        page = await some_page(documents, document, limit, Cursor.decode(cursor.encode()), tie_width=tie_width)
        pages.append(page)
    return pages


async def whole(
    documents: Documents, document: DocumentKey, *, limit: int = 100, tie_width: int | None = None
) -> list[Entry]:
    """Every entry, checked against the total."""
    pages = await walk(documents, document, limit, tie_width=tie_width)
    found = [entry for page in pages for entry in entries(page)]
    assert {page.total for page in pages} == {len(found)}
    return found
