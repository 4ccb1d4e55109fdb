-- Computes the standings of one board in the given periods from the ledger alone.
--
-- The caller holds the board's row lock and has removed what was there. Parameters: $1 the board; $2..$5 the periods,
-- as arrays; $6 operator; $7 sign of the order; $8 now, in microseconds.
with
touched as (
    select * from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) as t(period, kind, starts_at, ends_at)
),
entered as (
    select s.*, t.period,
           case $6::text when 'best' then array[$7::bigint * s.score, s.achieved_at]
                         else array[-s.achieved_at, 0] end as key,
           case $6::text when 'best' then s.job end as lowest_job,
           case $6::text when 'best' then null else s.job end as highest_job
    from submissions s
    join touched t on t.starts_at is null or s.achieved_at >= t.starts_at and s.achieved_at < t.ends_at
    where s.board = $1
),
folded as (
    select distinct on (period, player) *, sum(score) over (partition by period, player) as total
    from entered
    order by period, player, key, lowest_job, highest_job desc
),
begun as (
    insert into periods (board, period, kind, starts_at, ends_at, first_version, version, players)
    select $1, t.period, t.kind, t.starts_at, t.ends_at, $8, $8, count(*)
    from folded f join touched t on t.period = f.period
    group by t.period, t.kind, t.starts_at, t.ends_at
)
insert into standings (board, period, player, score, achieved_at, job, name, region, metadata, version)
select $1, period, player, case $6::text when 'sum' then total else score end, achieved_at, job, name, region,
       metadata, $8
from folded
order by period, player
