"""The rows that a document has yet to take over, packed by PostgreSQL itself in the form that Redis takes in.

Packing a million rows in Python takes ten times as long as reading them; so the text of each line is made by the
statement, and this program only carries it from one server to the other.
"""

from typing import NamedTuple

from highscores.domain.boards import Order
from highscores.domain.documents import DocumentId
from highscores.domain.ranking import sign
from highscores.ledger.engine import Connection

# One line for each row: sign, score as Redis ranks it, place among equals, player, JSON (see documents/library.lua).
# In a document of one region, a row of another region takes the player out. JSON text holds no raw tab or newline.
# The aggregates take the rows in the order of the sub-select; sorting them once more would double the time.
_CHANGES_SQL = """
    select string_agg(line, '') as lines, count(*) as rows, max(version) as version,
           (array_agg(player))[count(*)] as player
    from (
        select version, player,
               concat(case when state = 'shown' and ($6::text is null or region = $6) then '+' else '-' end, E'\\t',
                      $7::bigint * score, E'\\t',
                      lpad(to_hex(achieved_at), 14, '0'), replace(job::text, '-', ''), E'\\t',
                      player, E'\\t',
                      '"player":"', player, '","name":', coalesce(to_json(name)::text, 'null'),
                      ',"score":', score, ',"subscores":[],"region":', coalesce('"' || region || '"', 'null'),
                      ',"achieved_at":"', to_char(timestamp 'epoch' + achieved_at * interval '1 microsecond',
                                                  'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                      '","metadata":', coalesce(metadata, 'null'), E'}\\n') as line
        from standings
        where bucket = $1 and board_number = $10 and period = $2 and (version, player) > ($3, $4) and version <= $5
          and ($8 or state = 'shown' and ($6::text is null or region = $6))
        order by version, player
        limit $9
    ) as changed
"""


class Place(NamedTuple):
    """How far a document has come: through all rows up to (version, player), in that order."""

    version: int
    player: str

    def __str__(self) -> str:
        return f"{self.version}:{self.player}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        version, player = text.split(":", 1)
        return cls(int(version), player)


START = Place(0, "")


class Source(NamedTuple):
    """What a document is made from: the board's order, and the versions of the period (None: it has no standings)."""

    bucket: int
    board_number: int
    order: Order
    first_version: int | None
    version: int | None

    def holds(self, version: int) -> bool:
        """Tell whether a document of this version can be brought forward, and need not be built again."""
        return (self.first_version or 0) <= version <= (self.version or 0)


class Changes(NamedTuple):
    lines: str
    last: Place
    rows: int


async def find_sources(
    connection: Connection, bucket: int, places: list[tuple[str, str]]
) -> dict[tuple[str, str], Source]:
    """Return the sources of these (board, period) pairs of a bucket, without those whose board does not exist."""
    rows = await connection.fetch(
        """select w.board, w.period, b.number, coalesce(b.rules ->> 'order', 'desc') as rank_order, p.first_version,
                  p.version
           from unnest($2::text[], $3::text[]) as w(board, period)
           join boards b on b.bucket = $1 and b.board = w.board and b.deleted_at is null
           left join periods p on p.bucket = $1 and p.board_number = b.number and p.period = w.period""",
        bucket,
        [board for board, _ in places],
        [period for _, period in places],
    )
    return {
        (row["board"], row["period"]): Source(
            bucket, row["number"], row["rank_order"], row["first_version"], row["version"]
        )
        for row in rows
    }


async def changes(
    connection: Connection,
    document: DocumentId,
    source: Source,
    *,
    after: Place,
    until: int,
    with_removals: bool,
    limit: int,
) -> Changes | None:
    """Return up to `limit` rows behind `after` and up to version `until`; None when there are none.

    `with_removals` adds the rows that are in other regions now, for a document that may hold them.
    """
    row = await connection.fetchrow(
        _CHANGES_SQL,
        source.bucket,
        document.period,
        after.version,
        after.player,
        until,
        document.region,
        sign(source.order),
        with_removals,
        limit,
        source.board_number,
    )
    return Changes(row["lines"], Place(row["version"], row["player"]), row["rows"]) if row["rows"] else None
