-- Applies one batch of submissions: each job once, whatever was delivered how often.
--
-- The caller holds the row locks of the boards, so what is read here stays true until the commit, and versions are
-- committed in the order of their numbers. Parameters: $1..$9 the submissions as arrays, one element each, in order of
-- arrival, no job twice; $10..$17 the periods they touch, as arrays; $18 now, in microseconds.
-- Returns one row for each job that was applied now.
--
-- No step joins two of the others by row: the planner takes them for tiny and would compare each row with each.
with
input as (
    select *
    from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::text[], $8::text[], $9::text[])
         with ordinality as i(job, board, player, score, achieved_at, accepted_at, name, region, metadata, arrival)
),
touched as (
    select *
    from unnest($10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
                $15::text[], $16::bigint[], $17::bool[])
         as t(board, period, kind, starts_at, ends_at, operator, sign, is_default)
),
fresh as (
    select * from input i
    where not exists (select from submissions s where s.job = i.job)
      and not exists (select from jobs j where j.job = i.job)
),
-- Each submission in each period. Materialized, so that the join below has the whole key of a standing on one side:
-- with its columns on two sides, a plan made while the tables were empty looks through a whole board for each row.
placed as materialized (
    select f.*, t.period, t.operator, t.sign, t.is_default
    from fresh f
    join touched t on t.board = f.board
     and (t.starts_at is null or f.achieved_at >= t.starts_at and f.achieved_at < t.ends_at)
),
-- Each beside the standing that is there. The lower `key` counts: the better score and then
-- the earlier one, or the newest; of equal keys the lower job, or the higher.
entered as (
    select p.*,
           case p.operator when 'best' then array[p.sign * p.score, p.achieved_at]
                           else array[-p.achieved_at, 0] end as key,
           case p.operator when 'best' then p.job end as lowest_job,
           case p.operator when 'best' then null else p.job end as highest_job,
           case when s.player is null then null
                when p.operator = 'best' then array[p.sign * s.score, s.achieved_at]
                else array[-s.achieved_at, 0] end as old_key,
           s.score as old_score, s.achieved_at as old_achieved_at, s.job as old_job, s.name as old_name,
           s.region as old_region, s.metadata as old_metadata
    from placed p
    left join standings s on s.board = p.board and s.period = p.period and s.player = p.player
),
-- Its place among those of the same player in this batch, and whether it counts more than the standing that is there.
compared as (
    select *, row_number() over (own order by key, lowest_job, highest_job desc) as place,
           sum(score) over own as total,
           old_key is null or key < old_key
           or key = old_key and case operator when 'best' then job < old_job else job > old_job end as counts
    from entered
    window own as (partition by board, period, player)
),
changed as (
    select * from compared where place = 1 and (counts or operator = 'sum')
),
bumped as (
    insert into periods as p (board, period, kind, starts_at, ends_at, first_version, version, players)
    select t.board, t.period, t.kind, t.starts_at, t.ends_at, $18, $18, count(*) filter (where c.old_key is null)
    from changed c join touched t on t.board = c.board and t.period = c.period
    group by t.board, t.period, t.kind, t.starts_at, t.ends_at
    order by t.board, t.period
    on conflict (board, period) do update
        set version = p.version + 1, players = p.players + excluded.players
    returning board, period, version
),
stored as (
    insert into standings as s (board, period, player, score, achieved_at, job, name, region, metadata, version)
    select c.board, c.period, c.player,
           case c.operator when 'sum' then coalesce(c.old_score, 0) + c.total else c.score end,
           case when c.counts then c.achieved_at else c.old_achieved_at end,
           case when c.counts then c.job else c.old_job end,
           case when c.counts then c.name else c.old_name end,
           case when c.counts then c.region else c.old_region end,
           case when c.counts then c.metadata else c.old_metadata end,
           b.version
    from changed c join bumped b on b.board = c.board and b.period = c.period
    order by c.board, c.period, c.player
    on conflict (board, period, player) do update
        set score = excluded.score, achieved_at = excluded.achieved_at, job = excluded.job, name = excluded.name,
            region = excluded.region, metadata = excluded.metadata, version = excluded.version
),
-- What each submission did to its player's standing in the board's first period, one after the other.
effect as (
    select *, min(case when counts then array[place, score] end) over earlier as best_before,
           coalesce(old_score, 0) + sum(score) over up_to_this as sum_after,
           old_key is null and row_number() over up_to_this = 1 as is_first
    from compared
    where is_default
    window up_to_this as (partition by board, period, player order by arrival),
           earlier as (up_to_this rows between unbounded preceding and 1 preceding)
),
judged as (
    select *, case when is_first then null when operator = 'sum' then (sum_after - score)::bigint
                   else coalesce(best_before[2], old_score) end as previous,
           operator = 'sum' or counts and (best_before is null or place < best_before[1]) as improved
    from effect
),
outcome as (
    select *, case when operator = 'sum' then sum_after::bigint when improved then score else previous end as standing
    from judged
),
recorded as (
    insert into submissions (board, job, player, score, achieved_at, accepted_at, applied_at, name, region, metadata,
                             previous, standing, improved)
    select board, job, player, score, achieved_at, accepted_at, $18, name, region, metadata,
           previous, standing, improved
    from outcome
    order by board, job
    on conflict (board, job) do nothing
),
counted as (
    update boards b
    set submissions = b.submissions + n.submissions, active_at = greatest(b.active_at, $18),
        players = b.players + coalesce(n.players, 0)
    from (select f.board, count(*) as submissions,
                 (select count(*) from changed c
                  where c.board = f.board and c.period = 'all' and c.old_key is null) as players
          from fresh f group by f.board) n
    where b.board = n.board
)
select job, previous, standing, improved from outcome
