-- Computes the standings of some players of one board anew, from the submissions that count, in the periods of some kinds;
-- stores what differs, and marks what vanished.
--
-- The caller holds the board's row lock. Parameters: $1 the bucket, $2 the board's number, $3 the players; $4..$7 the
-- periods in which submissions of theirs lie, as arrays, those of one kind ascending and without overlap; $8 the kinds
-- that are computed, $9 the operator, $10 the sign of the order, $11 now in microseconds.
-- Returns each period that has changed.
with
touched as (
    select * from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[]) as t(period, kind, starts_at, ends_at)
),
calendar as (
    select kind, array_agg(period order by starts_at) as ids,
           array_agg(coalesce(starts_at, -9223372036854775808) order by starts_at) as starts
    from touched group by kind
),
entered as (
    select s.*, c.ids[width_bucket(s.achieved_at, c.starts)] as period
    from submissions s cross join calendar c
    where s.bucket = $1 and s.board_number = $2 and s.player = any($3::text[])
),
folded as materialized (
    select distinct on (period, player) period, player,
           case $9::text when 'sum' then bounded_score(sum(score) over own) else score end as score,
           achieved_at, line, job, $9::text = 'sum' and score = 0 as all_zeros, name, region, metadata
    from entered
    window own as (partition by period, player)
    order by period, player, fold_key($9::text, $10::bigint, score, achieved_at, line, score = 0),
             lowest_job($9::text, job), highest_job($9::text, job) desc
),
existing as materialized (
    select s.*
    from standings s
    join periods p on p.bucket = $1 and p.board_number = $2 and p.period = s.period and p.kind = any($8::text[])
    where s.bucket = $1 and s.board_number = $2 and s.player = any($3::text[]) and s.state = 'shown'
),
differing as (
    select f.*, e.player is null as is_new
    from folded f
    left join existing e on e.period = f.period and e.player = f.player
    where e.player is null
       or (e.score, e.achieved_at, e.line, e.job, e.all_zeros) <> (f.score, f.achieved_at, f.line, f.job, f.all_zeros)
       or (e.name, e.region, e.metadata) is distinct from (f.name, f.region, f.metadata)
),
vanished as (
    select e.period, e.player from existing e
    where not exists (select from folded f where f.period = e.period and f.player = e.player)
),
affected as (
    select period, count(*) filter (where is_new) - count(*) filter (where is_gone) as players
    from (select period, is_new, false as is_gone from differing
          union all
          select period, false, true from vanished) changes
    group by period
),
bumped as (
    insert into periods as p (bucket, board_number, period, kind, starts_at, ends_at, first_version, version, players)
    select $1, $2, a.period, coalesce(t.kind, q.kind), coalesce(t.starts_at, q.starts_at),
           coalesce(t.ends_at, q.ends_at), $11, $11, a.players
    from affected a
    left join touched t on t.period = a.period
    left join periods q on q.bucket = $1 and q.board_number = $2 and q.period = a.period
    order by a.period
    on conflict (board_number, period, bucket) do update
        set version = next_version(p.version, $11), players = p.players + excluded.players,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at
    returning period, version
),
stored as (
    insert into standings as s (bucket, board_number, period, player, score, achieved_at, line, job, all_zeros, name,
                                region, metadata, version, state)
    select $1, $2, d.period, d.player, d.score, d.achieved_at, d.line, d.job, d.all_zeros, d.name, d.region, d.metadata,
           b.version, 'shown'
    from differing d join bumped b on b.period = d.period
    order by d.period, d.player
    on conflict (board_number, period, player, bucket) do update
        set score = excluded.score, achieved_at = excluded.achieved_at, line = excluded.line, job = excluded.job,
            all_zeros = excluded.all_zeros, name = excluded.name, region = excluded.region,
            metadata = excluded.metadata, version = excluded.version, state = 'shown'
),
removed as (
    update standings s
    set state = 'gone', version = b.version, name = null, region = null, metadata = null
    from vanished v join bumped b on b.period = v.period
    where s.bucket = $1 and s.board_number = $2 and s.period = v.period and s.player = v.player
)
select period from bumped
