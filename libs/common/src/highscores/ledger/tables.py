"""The tables. Each that grows has the board first in its primary key, so that all can be distributed by board.

Instants are microseconds since the Unix epoch: that is what ranks compare, at no loss in Redis and in JSON.
`name`, `region` and `metadata` belong to the submission that counts.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from highscores.domain.fields import SCORE_LIMIT

# Ids are ASCII: compared by their bytes, whatever the locale of the database.
Id = Text(collation="C")

metadata = MetaData(naming_convention={"ix": "%(table_name)s_%(column_0_N_name)s", "pk": "%(table_name)s_pkey"})

# A deleted board stays as a tombstone, so that a command sent before the deletion cannot bring it back.
boards = Table(
    "boards",
    metadata,
    Column("board", Id, primary_key=True),
    Column("definition", JSONB, nullable=False),
    Column("defined_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("active_at", BigInteger),
    Column("submissions", BigInteger, nullable=False, server_default="0"),
    Column("players", BigInteger, nullable=False, server_default="0"),
)

# The ledger. Immutable; also where a submission's job ends: what the standing was before and after it.
submissions = Table(
    "submissions",
    metadata,
    Column("board", Id, primary_key=True),
    Column("job", Uuid, primary_key=True),
    Column("player", Id, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("achieved_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("name", Text),
    Column("region", Id),
    Column("metadata", Text),
    Column("previous", BigInteger),
    Column("standing", BigInteger, nullable=False),
    Column("improved", Boolean, nullable=False),
    Index(None, "job"),
)

# Where every other job ends: commands that are no submissions, and submissions that were rejected.
jobs = Table(
    "jobs",
    metadata,
    Column("board", Id, primary_key=True),
    Column("job", Uuid, primary_key=True),
    Column("command", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("result", JSONB),
    Column("error", JSONB),
    CheckConstraint("status in ('done', 'rejected')", name="jobs_status_is_final"),
    Index(None, "job"),
)

# One row for each board and period with standings. `version` grows by one with each change, from `first_version`, an
# instant: so a period that was deleted and begun anew never takes up a version that a document of the old one had.
periods = Table(
    "periods",
    metadata,
    Column("board", Id, primary_key=True),
    Column("period", Id, primary_key=True),
    Column("kind", Id, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("first_version", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("players", BigInteger, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    Column("board", Id, primary_key=True),
    Column("period", Id, primary_key=True),
    Column("player", Id, primary_key=True),
    Column("score", BigInteger, nullable=False),
    Column("achieved_at", BigInteger, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("name", Text),
    Column("region", Id),
    Column("metadata", Text),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"score between {-SCORE_LIMIT} and {SCORE_LIMIT}", name="standings_score_is_exact"),
    Index(None, "board", "period", "version", "player"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
