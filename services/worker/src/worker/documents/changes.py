"""The rows that a document has yet to take over, packed by PostgreSQL itself in the form that Redis takes in.

Packing a million rows in Python takes ten times as long as reading them; so the text of each line is made by the
statement, and this program only carries it from one server to the other.
"""

from typing import NamedTuple

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.ledger.engine import Connection

# One line for each row, as documents/library.lua reads it: `+`, player, score as Redis ranks it, tie-break and JSON; or
# `-` and a player who is not in the document, being gone or in another region. JSON text holds no raw tab or newline.
#
# Rows, versions and order are of one snapshot: so a page that is not full ends at the newest version, whatever is
# committed beside it. The aggregates take the rows in the order of the sub-select; sorting them again would double the
# time.
_CHANGES_SQL = """
    select string_agg(line, '') as lines, count(*) as rows, max(version) as last_version,
           (array_agg(player))[count(*)] as last_player,
           (select first_version from periods where bucket = $1 and board_number = $2 and period = $3) as first_version,
           (select version from periods where bucket = $1 and board_number = $2 and period = $3) as version
    from (
        select version, player,
               case when state = 'shown' and ($6::text is null or region = $6) then
                   concat('+', player, E'\\t',
                          signs[1] * score, E'\\t', tie_break(signs, subscores, achieved_at, line, job), ':',
                          '"player":"', player, '","name":', coalesce(to_json(name)::text, 'null'),
                          ',"score":', score, ',"subscores":[', array_to_string(subscores, ','), '],"region":',
                          coalesce('"' || region || '"', 'null'),
                          ',"achieved_at":"', to_char(timestamp 'epoch' + achieved_at * interval '1 microsecond',
                                                      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                          '","metadata":', coalesce(metadata, 'null'), E'}\\n')
               else concat('-', player, E'\\n') end as line
        from (
            select *, (select signs_of(rules) from boards where bucket = $1 and number = $2) as signs
            from standings
            where bucket = $1 and board_number = $2 and period = $3 and (version, player) > ($4, $5)
              and (state = 'shown' and ($6::text is null or region = $6) or version > $7)
            order by version, player
            limit $8
        ) as behind
    ) as changed
"""

_HAS_REGION_SQL = """
    select exists (select from standings
                   where bucket = $1 and board_number = $2 and period = $3 and region = $4 and state = 'shown')
"""

_SOURCES_SQL = """
    select w.board_number, w.period, coalesce(p.first_version, 0) as first_version, coalesce(p.version, 0) as version
    from unnest($2::bigint[], $3::text[]) as w(board_number, period)
    join boards b on b.bucket = $1 and b.number = w.board_number and b.deleted_at is null
    left join periods p on p.bucket = $1 and p.board_number = w.board_number and p.period = w.period
"""


class Source(NamedTuple):
    """What a document is made from: the rows of a board's period, and which versions they have (0 if there are none).

    A document below `first_version` lacks removals that are no longer known.
    """

    bucket: int
    first_version: int
    version: int

    def holds(self, version: int, begun_at: int = 0) -> bool:
        """Tell whether a document that has come to this version can be brought forward, and need not be built again.

        It has never held a player who was removed before its building began, at version `begun_at`: so it lacks no
        forgotten removal up to there, though the rows that it has come to may be older.
        """
        return version <= self.version and self.first_version <= max(version, begun_at)


class Changes(NamedTuple):
    """Rows behind a checkpoint: `last` is that of the last one, None when there is no row."""

    lines: str
    rows: int
    last: Checkpoint | None
    source: Source


async def find_board_number(connection: Connection, bucket: int, board: str) -> int | None:
    """Return the number of the living board of this name."""
    number: int | None = await connection.fetchval(
        "select number from boards where bucket = $1 and board = $2 and deleted_at is null", bucket, board
    )
    return number


async def find_sources(
    connection: Connection, bucket: int, periods: list[tuple[int, str]]
) -> dict[tuple[int, str], Source]:
    """Return the sources for these (board number, period) pairs of a bucket, without those whose board is gone."""
    rows = await connection.fetch(
        _SOURCES_SQL,
        bucket,
        [board_number for board_number, _ in periods],
        [period for _, period in periods],
    )
    return {(row["board_number"], row["period"]): Source(bucket, row["first_version"], row["version"]) for row in rows}


async def is_empty(connection: Connection, document: DocumentKey, source: Source) -> bool:
    """Tell whether nothing of the document's period has ever been counted, or nobody of its region stands in it."""
    region, period = document.document.region, document.document.period
    if source.version == 0 or region is None:
        return source.version == 0
    return not await connection.fetchval(_HAS_REGION_SQL, source.bucket, document.board_number, period, region)


async def changes(
    connection: Connection,
    document: DocumentKey,
    source: Source,
    *,
    after: Checkpoint,
    removals_after: int,
    limit: int,
) -> Changes:
    """Return up to `limit` rows behind `after`: all there are if they are fewer; and what the source is meanwhile.

    Rows that are not in the document are among them, as removals, if their version is above `removals_after`: below it,
    the document cannot hold the player.
    """
    # Nothing is behind the end of a version but the next one.
    version, player = (after.version, after.player) if after.player is not None else (after.version + 1, "")
    row = await connection.fetchrow(
        _CHANGES_SQL,
        source.bucket,
        document.board_number,
        document.document.period,
        version,
        player,
        document.document.region,
        removals_after,
        limit,
    )
    return Changes(
        row["lines"] or "",
        row["rows"],
        Checkpoint(row["last_version"], row["last_player"]) if row["rows"] else None,
        source._replace(first_version=row["first_version"] or 0, version=row["version"] or 0),
    )
