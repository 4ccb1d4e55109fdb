"""The first tables."""

from importlib.resources import files

from alembic import op

from highscores import ledger

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MONTHS_AHEAD = 2

# Of each table the other indexes come before the primary key: while the tables are empty, all plans cost the same, and
# PostgreSQL takes the youngest index. One by version would serve a look-up by player so badly that a first minute of
# scores, until the first analyze, is applied thirty times more slowly.
TABLES = """
create sequence board_numbers;
create sequence command_numbers;

create table ledger (buckets int not null);

create table boards (
    bucket int not null,
    number bigint not null,
    board text collate "C" not null,
    rules jsonb not null,
    revision bigint not null,
    created_at bigint not null,
    deleted_at bigint,
    active_at bigint,
    submissions bigint not null default 0,
    players bigint not null default 0,
    last_seq bigint not null default 0,
    recomputing text[] collate "C" not null default '{}',
    activity_minute bigint not null generated always as (coalesce(active_at, created_at) / 60000000) stored,
    is_public boolean not null generated always as (coalesce(rules ->> 'visibility', 'public') = 'public') stored,
    constraint boards_pkey primary key (number, bucket)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index boards_by_activity on boards (activity_minute) where deleted_at is null;
create index boards_public_by_activity on boards (activity_minute) where deleted_at is null and is_public;
create index boards_public_by_age on boards (created_at, board) where deleted_at is null and is_public;
create unique index boards_living on boards (board, bucket) where deleted_at is null;
create index boards_by_age on boards (created_at, board) where deleted_at is null;

create table subjects (
    bucket int not null,
    subject text collate "C" not null,
    applied_number bigint not null,
    constraint subjects_pkey primary key (subject, bucket)
);

create table submissions (
    bucket int not null,
    board_number bigint not null,
    seq bigint not null,
    accepted_at bigint not null,
    job uuid not null,
    player text collate "C" not null,
    score bigint not null,
    subscores bigint[],
    achieved_at bigint not null,
    line bigint not null,
    name text,
    region text collate "C",
    metadata text
) partition by range (accepted_at);
create index submissions_player on submissions (board_number, player, achieved_at);
alter table submissions add constraint submissions_pkey primary key (board_number, seq, accepted_at, bucket);
create table submissions_other partition of submissions default;

create table jobs (
    bucket int not null,
    job uuid not null,
    accepted_at bigint not null,
    board_number bigint,
    command text collate "C" not null,
    status text collate "C" not null,
    finished_at bigint not null,
    document text collate "C",
    versions json,
    improved boolean,
    score bigint,
    previous bigint,
    result jsonb,
    error jsonb,
    constraint jobs_status_is_final check (status in ('done', 'rejected')),
    constraint jobs_pkey primary key (job, accepted_at, bucket)
) partition by range (accepted_at);
create table jobs_other partition of jobs default;

create table periods (
    bucket int not null,
    board_number bigint not null,
    period text collate "C" not null,
    kind text collate "C" not null,
    starts_at bigint,
    ends_at bigint,
    first_version bigint not null,
    version bigint not null,
    players bigint not null,
    constraint periods_pkey primary key (board_number, period, bucket)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create table standings (
    bucket int not null,
    board_number bigint not null,
    period text collate "C" not null,
    player text collate "C" not null,
    score bigint not null,
    subscores bigint[],
    achieved_at bigint not null,
    line bigint not null,
    job uuid not null,
    all_zeros boolean not null default false,
    name text,
    region text collate "C",
    metadata text,
    version bigint not null,
    state text collate "C" not null default 'shown',
    constraint standings_score_is_exact check (score between -9007199254740991 and 9007199254740991),
    constraint standings_subscores_are_exact
        check (-9007199254740991 <= all (subscores) and 9007199254740991 >= all (subscores)),
    constraint standings_state_is_known check (state in ('shown', 'gone'))
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index standings_version on standings (board_number, period, version, player);
create index standings_region on standings (board_number, period, region) where region is not null and state = 'shown';
create index standings_gone on standings (version) where state = 'gone';
alter table standings add constraint standings_pkey primary key (board_number, period, player, bucket);

create table tasks (
    task bigint generated always as identity,
    kind text collate "C" not null,
    bucket int not null,
    board_number bigint not null,
    board text collate "C" not null,
    revision bigint not null,
    cursor jsonb not null,
    done_rows bigint not null default 0,
    total_rows bigint not null default 0,
    job uuid,
    command text collate "C",
    accepted_at bigint,
    leased_until bigint not null default 0,
    created_at bigint not null,
    constraint tasks_pkey primary key (task)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index tasks_of_board on tasks (board_number);
create index tasks_of_job on tasks (job);

create table dead_letters (
    id uuid not null,
    queue text collate "C" not null,
    reason text collate "C" not null,
    first_death_at bigint not null,
    moved_at bigint not null,
    jobs uuid[] not null,
    boards text[] collate "C" not null,
    commands text[] collate "C" not null,
    message bytea not null,
    constraint dead_letters_pkey primary key (id)
);

create table api_keys (
    key_hash bytea not null,
    name text not null,
    scopes text[] not null,
    created_at bigint not null,
    revoked_at bigint,
    constraint api_keys_pkey primary key (key_hash)
);
"""


def upgrade() -> None:
    _run(TABLES)
    for file in ("ranking.sql", "partitions.sql", "command_numbers.sql"):
        _run(files(ledger).joinpath(file).read_text())
    op.execute(f"select ensure_partitions({MONTHS_AHEAD})")


def downgrade() -> None:
    _run(
        "drop table api_keys, dead_letters, tasks, standings, periods, jobs, submissions, subjects, boards, ledger;"
        "drop sequence board_numbers, command_numbers;"
        "drop aggregate sum_each(numeric[]);"
        "drop function ensure_partitions, drop_partitions, signs_of, is_better, directed, is_zero, fold_key,"
        " lowest_job, highest_job, tie_break, subscore_hex, ordered_hex, bounded_subscores, bounded_score,"
        " farthest, add_each, next_version, next_command_number"
    )


def _run(statements: str) -> None:
    """Run several statements; the driver takes them only past the layer that prepares each."""
    op.get_bind().connection.run_async(lambda driver: driver.execute(statements))
