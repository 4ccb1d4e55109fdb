"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name="api_keys_pkey"),
    )
    op.create_table(
        "boards",
        sa.Column("board", sa.Text(collation="C"), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("defined_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("active_at", sa.BigInteger(), nullable=True),
        sa.Column("submissions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("players", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("board", name="boards_pkey"),
    )
    op.create_table(
        "jobs",
        sa.Column("board", sa.Text(collation="C"), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("command", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("status in ('done', 'rejected')", name="jobs_status_is_final"),
        sa.PrimaryKeyConstraint("board", "job", name="jobs_pkey"),
    )
    op.create_index("jobs_job", "jobs", ["job"], unique=False)
    op.create_table(
        "periods",
        sa.Column("board", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("first_version", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("players", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("board", "period", name="periods_pkey"),
    )
    op.create_table(
        "standings",
        sa.Column("board", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("player", sa.Text(collation="C"), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("achieved_at", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("score between -9007199254740991 and 9007199254740991", name="standings_score_is_exact"),
    )
    # The primary key after the other index: while the tables are empty, all plans cost the same, and PostgreSQL takes
    # the younger index. The one by version would serve a look-up by player so badly that a first minute of scores,
    # until the first analyze, is applied thirty times more slowly.
    op.create_index(
        "standings_board_period_version_player", "standings", ["board", "period", "version", "player"], unique=False
    )
    op.create_primary_key("standings_pkey", "standings", ["board", "period", "player"])
    op.create_table(
        "submissions",
        sa.Column("board", sa.Text(collation="C"), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("player", sa.Text(collation="C"), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("achieved_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("improved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("board", "job", name="submissions_pkey"),
    )
    op.create_index("submissions_job", "submissions", ["job"], unique=False)


def downgrade() -> None:
    op.drop_index("submissions_job", table_name="submissions")
    op.drop_table("submissions")
    op.drop_index("standings_board_period_version_player", table_name="standings")
    op.drop_table("standings")
    op.drop_table("periods")
    op.drop_index("jobs_job", table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("boards")
    op.drop_table("api_keys")
