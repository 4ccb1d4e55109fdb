"""The tables. Each that grows has `bucket` in its primary key, so that all can be distributed by it.

It stands last there: so a plan that was made while the tables were empty cannot take `bucket = $1` alone for a key, and
a look-up that does not know the bucket (of a job by its id) finds its rows by the same index.

Rows name a board by its `board_number`, which is new for each creation: what a deleted board has left never counts for
the next board of its name. Instants are microseconds since the Unix epoch: that is what ranks compare, at no loss in
Redis and in JSON. `name`, `region` and `metadata` belong to the submission that counts.
"""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from highscores.domain.fields import SCORE_LIMIT

# Ids are ASCII: compared by their bytes, whatever the locale of the database.
Id = Text(collation="C")

# Tables whose rows change all day are vacuumed often, and leave room on their pages for the next version of a row.
BUSY = {"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02, "fillfactor": 90}

metadata = MetaData(naming_convention={"ix": "%(table_name)s_%(column_0_N_name)s", "pk": "%(table_name)s_pkey"})

board_numbers = Sequence("board_numbers", metadata=metadata)
command_numbers = Sequence("command_numbers", metadata=metadata)

# One row: what must never change once there are rows.
ledger = Table("ledger", metadata, Column("buckets", Integer, nullable=False))

# A deleted board keeps its row until its standings and submissions have been purged; its name is free at once.
# `activity_minute` is what lists by activity are read by: an index on `active_at` itself would have each batch write to
# all indexes of each of its boards, and one on the minute does so once a minute. `is_public` is a column because of an
# expression PostgreSQL knows no statistics; its own indexes keep the lists short of reading all private boards.
boards = Table(
    "boards",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("board", Id, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("active_at", BigInteger),
    Column("submissions", BigInteger, nullable=False, server_default="0"),
    Column("players", BigInteger, nullable=False, server_default="0"),
    Column("last_seq", BigInteger, nullable=False, server_default="0"),
    Column("recomputing", ARRAY(Id), nullable=False, server_default=text("'{}'")),
    Column("activity_minute", BigInteger, Computed("coalesce(active_at, created_at) / 60000000"), nullable=False),
    Column("is_public", Boolean, Computed("coalesce(rules ->> 'visibility', 'public') = 'public'"), nullable=False),
    PrimaryKeyConstraint("number", "bucket"),
    Index("boards_by_activity", "activity_minute", postgresql_where=text("deleted_at is null")),
    Index("boards_public_by_activity", "activity_minute", postgresql_where=text("deleted_at is null and is_public")),
    Index("boards_public_by_age", "created_at", "board", postgresql_where=text("deleted_at is null and is_public")),
    Index("boards_living", "board", "bucket", unique=True, postgresql_where=text("deleted_at is null")),
    Index("boards_by_age", "created_at", "board", postgresql_where=text("deleted_at is null")),
    postgresql_with={**BUSY, "fillfactor": 50},
)

# The number of the last admin command that was applied to a subject: one with a lower number comes too late.
subjects = Table(
    "subjects",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("subject", Id, nullable=False),
    Column("applied_number", BigInteger, nullable=False),
    PrimaryKeyConstraint("subject", "bucket"),
)

# The ledger. Immutable. `seq` is the submission's number on its board, given under the board's lock; `line` is its
# index in the request or import that brought it. Partitioned by month of `accepted_at`.
submissions = Table(
    "submissions",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("board_number", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("player", Id, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("subscores", ARRAY(BigInteger)),
    Column("achieved_at", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("name", Text),
    Column("region", Id),
    Column("metadata", Text),
    PrimaryKeyConstraint("board_number", "seq", "accepted_at", "bucket"),
    Index("submissions_player", "board_number", "player", "achieved_at"),
    postgresql_partition_by="RANGE (accepted_at)",
)

# How every job ended, until the horizon: whoever delivers a command again finds it here. `document`, `versions`,
# `improved`, `score` and `previous` are the result of a submission, `result` that of any other command.
# Partitioned as the ledger.
jobs = Table(
    "jobs",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("board_number", BigInteger),
    Column("command", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("document", Id),
    Column("versions", JSON),
    Column("improved", Boolean),
    Column("score", BigInteger),
    Column("previous", BigInteger),
    Column("result", JSONB),
    Column("error", JSONB),
    PrimaryKeyConstraint("job", "accepted_at", "bucket"),
    CheckConstraint("status in ('done', 'rejected')", name="jobs_status_is_final"),
    postgresql_partition_by="RANGE (accepted_at)",
)

# One row for each board and period that has had standings. `version` grows with each change; a document whose version
# is below `first_version` lacks removals that are no longer known, and is built anew.
periods = Table(
    "periods",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("board_number", BigInteger, nullable=False),
    Column("period", Id, nullable=False),
    Column("kind", Id, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("first_version", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("players", BigInteger, nullable=False),
    PrimaryKeyConstraint("board_number", "period", "bucket"),
    postgresql_with={**BUSY, "fillfactor": 50},
)

# `state` is "shown" or "gone": a standing that vanished stays for a while as a row with a version, so that its removal
# travels to documents like any other change. `all_zeros`: nothing but zeros has been added to this sum.
standings = Table(
    "standings",
    metadata,
    Column("bucket", Integer, nullable=False),
    Column("board_number", BigInteger, nullable=False),
    Column("period", Id, nullable=False),
    Column("player", Id, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("subscores", ARRAY(BigInteger)),
    Column("achieved_at", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("all_zeros", Boolean, nullable=False, server_default=text("false")),
    Column("name", Text),
    Column("region", Id),
    Column("metadata", Text),
    Column("version", BigInteger, nullable=False),
    Column("state", Id, nullable=False, server_default="shown"),
    PrimaryKeyConstraint("board_number", "period", "player", "bucket"),
    CheckConstraint(f"score between {-SCORE_LIMIT} and {SCORE_LIMIT}", name="standings_score_is_exact"),
    CheckConstraint(
        f"{-SCORE_LIMIT} <= all (subscores) and {SCORE_LIMIT} >= all (subscores)", name="standings_subscores_are_exact"
    ),
    CheckConstraint("state in ('shown', 'gone')", name="standings_state_is_known"),
    Index("standings_gone", "version", postgresql_where=text("state = 'gone'")),
    Index(
        "standings_region",
        "board_number",
        "period",
        "region",
        postgresql_where=text("region is not null and state = 'shown'"),
    ),
    Index("standings_version", "board_number", "period", "version", "player"),
    postgresql_with=BUSY,
)

# Long work, done in bounded steps by whichever worker is free. `cursor` says how far it has come; `revision` is that of
# the board's rules for which it is done; `job` is the command that waits for its end, if one does.
tasks = Table(
    "tasks",
    metadata,
    Column("task", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Id, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("board_number", BigInteger, nullable=False),
    Column("board", Id, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("cursor", JSONB, nullable=False),
    Column("done_rows", BigInteger, nullable=False, server_default="0"),
    Column("total_rows", BigInteger, nullable=False, server_default="0"),
    Column("job", Uuid),
    Column("command", Id),
    Column("accepted_at", BigInteger),
    Column("leased_until", BigInteger, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Index("tasks_of_board", "board_number"),
    Index("tasks_of_job", "job"),
    postgresql_with=BUSY,
)

# Messages that could not be handled, kept until a person has replayed or discarded them. They are few, and belong to no
# bucket: a message may hold commands on many boards, and one that nobody can read is on none.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("queue", Id, nullable=False),
    Column("reason", Id, nullable=False),
    Column("first_death_at", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("jobs", ARRAY(Uuid), nullable=False),
    Column("boards", ARRAY(Id), nullable=False),
    Column("commands", ARRAY(Id), nullable=False),
    Column("message", LargeBinary, nullable=False),
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
