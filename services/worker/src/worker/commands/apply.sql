-- Applies submissions of one bucket that have not ended before: to the standings, the ledger and the jobs.
--
-- The caller holds the row locks of the boards and has left out jobs that have ended, so what is read here stays true
-- until the commit, and versions are committed in the order of their numbers. Parameters: $1 the bucket; $2..$12 the
-- submissions as arrays, one element each, in order of arrival, no job twice; $13..$21 the periods they touch, as arrays
-- (`document` is null in all but the period that a job's result tells of); $22 now, in microseconds; $23 whether all sums are known to
-- stay within the limits; $24 the sub-scores of the submissions, as texts of arrays. `signs` are such texts too.
-- $25 the number of the set of periods in which each submission counts, and $26..$28 the sets: for each period in one of
-- them, of which there are pages, the number of the set, that of the period among $13..$21, and the period.
--
-- Returns one row for each job that was applied, `versions` as the text of an object. It leaves out the submissions of players who may have come so close to
-- the limit of a sum that the order decides which of them still fit: the caller takes these one by one.
--
-- No step joins two of the others where both are long, but by a hash: the planner takes them for tiny and would compare
-- each row with each. What a later step needs is carried along instead.
with
input as (
    select board_number, seq, job, player, score, subscores::bigint[] as subscores, achieved_at, line, accepted_at, name,
           region, metadata, set_number, arrival
    from unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
                $9::bigint[], $10::text[], $11::text[], $12::text[], $24::text[], $25::int[])
         with ordinality
         as i(board_number, seq, job, player, score, achieved_at, line, accepted_at, name, region, metadata, subscores,
              set_number, arrival)
),
-- Each period with the version that it gets if something changes in it.
touched as (
    select t.board_number, t.period, t.kind, t.starts_at, t.ends_at, t.signs::bigint[] as signs, t.operator, t.is_default,
           t.document, t.number, p.version as old_version, next_version(coalesce(p.version, 0), $22) as version
    from unnest($13::bigint[], $14::text[], $15::text[], $16::bigint[], $17::bigint[], $18::text[], $19::text[],
                $20::bool[], $21::text[])
         with ordinality
         as t(board_number, period, kind, starts_at, ends_at, signs, operator, is_default, document, number)
    left join lateral (
        select version from periods where bucket = $1 and board_number = t.board_number and period = t.period offset 0
    ) p on true
),
-- Each submission in each period.
counted as (
    select i.*, t.period, t.operator, t.signs, t.is_default, t.document, t.version
    from input i
    join touched t on t.board_number = i.board_number
     and (t.starts_at is null or i.achieved_at >= t.starts_at and i.achieved_at < t.ends_at)
),
-- Each beside the standing that is there: looked up one by one (`offset 0` keeps the planner from any other way), since a
-- plan made while the tables were empty would look through a whole board for each row.
entered as (
    select c.*,
           fold_key(c.operator, c.signs, c.score, c.subscores, c.achieved_at, c.line, is_zero(c.score, c.subscores)) as key,
           lowest_job(c.operator, c.job) as lowest_job, highest_job(c.operator, c.job) as highest_job,
           case when s.player is not null
                then fold_key(c.operator, c.signs, s.score, s.subscores, s.achieved_at, s.line, s.all_zeros) end as old_key,
           s.score as old_score, s.subscores as old_subscores, s.achieved_at as old_achieved_at, s.line as old_line, s.job as old_job,
           s.all_zeros as old_all_zeros, s.name as old_name, s.region as old_region, s.metadata as old_metadata
    from counted c
    left join lateral (
        select * from standings
        where bucket = $1 and board_number = c.board_number and period = c.period and player = c.player
          and state = 'shown'
        offset 0
    ) s on true
),
-- How early it comes among those of the same player in this batch, and whether it counts more than the standing.
compared as (
    select *, row_number() over (own order by key, lowest_job, highest_job desc) as nth,
           sum(score) over own as total, sum_each(subscores::numeric[]) over own as subscore_totals,
           sum(case when operator = 'sum' then farthest(score, subscores) end) over own as farthest,
           old_key is null or key < old_key or key = old_key and
               (lowest_job(operator, job) < lowest_job(operator, old_job)
                or highest_job(operator, job) > highest_job(operator, old_job)) is true as counts
    from entered
    window own as (partition by board_number, period, player)
),
left_out as (
    select distinct board_number, player from compared
    where not $23 and coalesce(farthest(old_score, old_subscores), 0) + farthest > 9007199254740991
),
taken as (
    select * from compared c
    where not exists (select from left_out l where l.board_number = c.board_number and l.player = c.player)
),
changed as (
    select * from taken where nth = 1 and (counts or operator = 'sum')
),
bumped as (
    insert into periods as p (bucket, board_number, period, kind, starts_at, ends_at, first_version, version, players)
    select $1, t.board_number, t.period, t.kind, t.starts_at, t.ends_at, t.version, t.version,
           count(*) filter (where c.old_key is null)
    from changed c join touched t on t.board_number = c.board_number and t.period = c.period
    group by t.board_number, t.period, t.kind, t.starts_at, t.ends_at, t.version
    order by t.board_number, t.period
    on conflict (board_number, period, bucket) do update
        set version = excluded.version, players = p.players + excluded.players,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at
    returning board_number, period, version
),
-- The version by which each period shows what this batch did: its new one, or the one that it had if nothing changed.
-- One array, so that it is looked into by a period's number and never joined.
reflecting as materialized (
    select array_agg(coalesce(b.version, t.old_version, 0) order by t.number) as versions
    from touched t left join bumped b on b.board_number = t.board_number and b.period = t.period
),
-- What the jobs' results tell of them: an object for each set of periods, looked into by the set's number.
told as materialized (
    select array_agg(versions order by set_number) as versions
    from (select s.set_number, json_object_agg(s.period, (select versions from reflecting)[s.number]) as versions
          from unnest($26::int[], $27::int[], $28::text[]) as s(set_number, number, period)
          group by s.set_number) sets
),
stored as (
    insert into standings as s (bucket, board_number, period, player, score, subscores, achieved_at, line, job,
                                all_zeros, name, region, metadata, version, state)
    select $1, c.board_number, c.period, c.player,
           case c.operator when 'sum' then coalesce(c.old_score, 0) + c.total else c.score end,
           case c.operator
               when 'sum' then add_each(coalesce(c.old_subscores, '{0,0,0,0}'), c.subscore_totals)::bigint[]
               else c.subscores end,
           case when c.counts then c.achieved_at else c.old_achieved_at end,
           case when c.counts then c.line else c.old_line end,
           case when c.counts then c.job else c.old_job end,
           c.operator = 'sum' and is_zero(c.score, c.subscores) and coalesce(c.old_all_zeros, true),
           case when c.counts then c.name else c.old_name end,
           case when c.counts then c.region else c.old_region end,
           case when c.counts then c.metadata else c.old_metadata end,
           c.version, 'shown'
    from changed c
    order by c.board_number, c.period, c.player
    on conflict (board_number, period, player, bucket) do update
        set score = excluded.score, subscores = excluded.subscores, achieved_at = excluded.achieved_at,
            line = excluded.line, job = excluded.job, all_zeros = excluded.all_zeros, name = excluded.name,
            region = excluded.region, metadata = excluded.metadata, version = excluded.version, state = 'shown'
),
-- What each submission did to its player's standing in the board's first period, one after the other.
effect as (
    select *, min(case when counts then array[nth, score] || subscores end) over earlier as best_before,
           coalesce(old_score, 0) + sum(score) over up_to_this as sum_after,
           old_key is null and row_number() over up_to_this = 1 as is_first
    from taken
    where is_default
    window up_to_this as (partition by board_number, period, player order by arrival),
           earlier as (up_to_this rows between unbounded preceding and 1 preceding)
),
judged as (
    select *, case when is_first then null when operator = 'sum' then (sum_after - score)::bigint
                   else coalesce(best_before[2], old_score) end as previous,
           case when best_before is null then old_subscores else best_before[3:] end as previous_subscores,
           counts and (best_before is null or nth < best_before[1]) as is_counted
    from effect
),
outcome as (
    select *, case when operator = 'sum' then sum_after::bigint when is_counted then score else previous end as standing
    from judged
),
-- A sum is better than before if what was added is better than nothing.
ended as (
    select *, is_first or case
               when operator = 'sum' then is_better(signs, score, subscores, 0, '{0,0,0,0}')
               else is_counted and is_better(signs, score, subscores, previous, previous_subscores) end as improved
    from outcome
),
recorded as (
    insert into submissions (bucket, board_number, seq, accepted_at, job, player, score, subscores, achieved_at, line,
                             name, region, metadata)
    select $1, board_number, seq, accepted_at, job, player, score, subscores, achieved_at, line, name, region, metadata
    from ended
    order by board_number, seq
),
finished as (
    insert into jobs (bucket, job, accepted_at, board_number, command, status, finished_at, document, versions, improved,
                      score, previous)
    select $1, job, accepted_at, board_number, 'submit-score', 'done', $22, document,
           (select versions from told)[set_number], improved, standing, previous
    from ended
    order by job
),
noted as (
    update boards b
    set submissions = b.submissions + n.submissions, last_seq = greatest(b.last_seq, n.last_seq),
        active_at = greatest(b.active_at, $22), players = b.players + n.players
    from (select board_number, sum(submissions) as submissions, max(seq) as last_seq, sum(players) as players
          from (select board_number, 1 as submissions, seq, 0 as players from ended
                union all
                select board_number, 0, 0, 1 from changed where period = 'all' and old_key is null) counts
          group by board_number) n
    where b.bucket = $1 and b.number = n.board_number
)
select job, document, (select versions from told)[set_number]::text as versions, previous, standing, improved from ended
