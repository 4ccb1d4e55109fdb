-- Computes the standings of some players of one board anew, from the submissions that count, in the periods of some kinds;
-- stores what differs, and marks what vanished.
--
-- The caller holds the board's row lock. Parameters: $1 the bucket, $2 the board's number, $3 the players; $4..$7 the
-- periods in which submissions of theirs lie, as arrays, those of one kind ascending and without overlap; $8 the kinds
-- that are computed, $9 the operator, $10 the signs of the orders, $11 now in microseconds; $12 and $13 the span in which the
-- periods begin that are computed, and in which the submissions of these lie.
-- Returns each period that has changed.
with
-- Each period with the version that it gets if something changes in it.
touched as (
    select t.*, next_version(coalesce(p.version, 0), $11) as version
    from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[]) as t(period, kind, starts_at, ends_at)
    left join lateral (
        select version from periods where bucket = $1 and board_number = $2 and period = t.period offset 0
    ) p on true
),
calendar as (
    select kind, array_agg(period order by starts_at) as ids,
           array_agg(coalesce(starts_at, -9223372036854775808) order by starts_at) as starts,
           array_agg(ends_at order by starts_at) as ends, array_agg(version order by starts_at) as versions
    from touched group by kind
),
entered as (
    select s.*, c.kind, c.ids[n] as period, nullif(c.starts[n], -9223372036854775808) as starts_at, c.ends[n] as ends_at,
           c.versions[n] as version
    from submissions s
    cross join calendar c
    cross join lateral width_bucket(s.achieved_at, c.starts) as n
    where s.bucket = $1 and s.board_number = $2 and s.player = any($3::text[])
      and s.achieved_at >= $12 and s.achieved_at < $13
),
-- One sort finds the submission that counts and, over the same rows, the sum.
in_order as (
    select period, player, kind, starts_at, ends_at, version, score, subscores, achieved_at, line, job, name, region,
           metadata, case $9::text when 'sum' then bounded_score(sum(score) over own) else score end as total,
           case $9::text when 'sum' then bounded_subscores(sum_each(subscores::numeric[]) over own)
                         else subscores end as subscore_totals,
           row_number() over own as nth
    from (select *, fold_key($9::text, $10::bigint[], score, subscores, achieved_at, line,
                             is_zero(score, subscores)) as key
          from entered) as keyed
    window own as (partition by period, player
                   order by key[1], key[2], key[3], key[4], key[5], key[6], key[7], lowest_job($9::text, job), highest_job($9::text, job) desc
                   rows between unbounded preceding and unbounded following)
),
folded as materialized (
    select period, player, kind, starts_at, ends_at, version, total as score, subscore_totals as subscores, achieved_at,
           line, job, $9::text = 'sum' and is_zero(score, subscores) as all_zeros, name, region, metadata
    from in_order where nth = 1
),
existing as materialized (
    select s.*, p.kind, p.starts_at, p.ends_at, next_version(p.version, $11) as new_version
    from periods p
    join standings s on s.bucket = $1 and s.board_number = $2 and s.period = p.period and s.player = any($3::text[])
     and s.state = 'shown'
    where p.bucket = $1 and p.board_number = $2 and p.kind = any($8::text[])
      and coalesce(p.starts_at, -9223372036854775808) >= $12 and coalesce(p.starts_at, -9223372036854775808) < $13
),
-- Both sides of each standing, beside each other. They are sorted and merged, never compared each with each.
both_sides as (
    select period, player, 'folded' as side, score, subscores, achieved_at, line, job, all_zeros, name, region, metadata,
           kind, starts_at, ends_at, version
    from folded
    union all
    select period, player, 'stored', score, subscores, achieved_at, line, job, all_zeros, name, region, metadata, kind,
           starts_at, ends_at, new_version
    from existing
),
compared as (
    select *, count(*) over pair as sides,
           (score, subscores, achieved_at, line, job, all_zeros) is distinct from
           (lead(score) over in_order, lead(subscores) over in_order, lead(achieved_at) over in_order,
            lead(line) over in_order, lead(job) over in_order, lead(all_zeros) over in_order)
           or (name, region, metadata) is distinct from
           (lead(name) over in_order, lead(region) over in_order, lead(metadata) over in_order) as differs
    from both_sides
    window pair as (partition by period, player), in_order as (partition by period, player order by side)
),
differing as (
    select *, sides = 1 as is_new from compared where side = 'folded' and (sides = 1 or differs)
),
vanished as (
    select * from compared where side = 'stored' and sides = 1
),
bumped as (
    insert into periods as p (bucket, board_number, period, kind, starts_at, ends_at, first_version, version, players)
    select $1, $2, period, max(kind), coalesce(max(starts_at) filter (where side = 'folded'), max(starts_at)),
           coalesce(max(ends_at) filter (where side = 'folded'), max(ends_at)), max(version), max(version), sum(players)
    from (select period, kind, starts_at, ends_at, version, side, is_new::int as players from differing
          union all
          select period, kind, starts_at, ends_at, version, side, -1 from vanished) affected
    group by period
    order by period
    on conflict (board_number, period, bucket) do update
        set version = excluded.version, players = p.players + excluded.players, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at
    returning period
),
stored as (
    insert into standings as s (bucket, board_number, period, player, score, subscores, achieved_at, line, job,
                                all_zeros, name, region, metadata, version, state)
    select $1, $2, d.period, d.player, d.score, d.subscores, d.achieved_at, d.line, d.job, d.all_zeros, d.name, d.region,
           d.metadata, d.version, 'shown'
    from differing d
    order by d.period, d.player
    on conflict (board_number, period, player, bucket) do update
        set score = excluded.score, subscores = excluded.subscores, achieved_at = excluded.achieved_at,
            line = excluded.line, job = excluded.job, all_zeros = excluded.all_zeros, name = excluded.name,
            region = excluded.region, metadata = excluded.metadata, version = excluded.version, state = 'shown'
),
removed as (
    update standings s
    set state = 'gone', version = v.version, name = null, region = null, metadata = null
    from vanished v
    where s.bucket = $1 and s.board_number = $2 and s.period = v.period and s.player = v.player
)
select period from bumped
