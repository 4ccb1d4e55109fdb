-- The ranking rule as functions for the statements that fold many rows. It is the twin of domain/ranking.py, to which a
-- property test holds it. But for the few that say so, each function is one immutable expression, which PostgreSQL
-- inlines into the statement.
--
-- `signs` are what the score and each sub-score are multiplied by so that lower is better. `subscores` are as many as the
-- board has, at most four, and null where it has none: that costs such a board next to nothing.

-- The directions of a board, by its stored rules. Not inlined: a statement asks for them once.
create function signs_of(rules jsonb) returns bigint[] language sql immutable parallel safe return
    array[case coalesce(rules ->> 'order', 'desc') when 'desc' then -1 else 1 end]::bigint[]
    || (select array_agg(case s.subscore ->> 'order' when 'desc' then -1 else 1 end::bigint order by s.number)
        from jsonb_array_elements(rules -> 'subscores') with ordinality as s(subscore, number));

-- Sub-scores such that lower is better; those that the board does not have are null, and so compare as equal.
create function directed(signs bigint[], subscores bigint[]) returns bigint[] language sql immutable parallel safe return
    array[signs[2] * subscores[1], signs[3] * subscores[2], signs[4] * subscores[3], signs[5] * subscores[4]];

-- Whether one score with its sub-scores is better than another, whenever they were achieved.
create function is_better(
    signs bigint[], score bigint, subscores bigint[], other_score bigint, other_subscores bigint[]
) returns boolean language sql immutable parallel safe return
    signs[1] * score < signs[1] * other_score
    or score = other_score and directed(signs, subscores) < directed(signs, other_subscores);

create function is_zero(score bigint, subscores bigint[]) returns boolean language sql immutable parallel safe return
    score = 0 and coalesce(0 = all (subscores), true);

-- What counts for a player: of several submissions (or a submission and the standing that is there) the one with the
-- lowest key; of equal keys the lowest job where `best` counts, and the highest where the newest does.
-- `all_zeros`: nothing but zeros has been added to the sum, so the time of any other addition counts instead.
create function fold_key(
    operator text, signs bigint[], score bigint, subscores bigint[], achieved_at bigint, line bigint, all_zeros boolean
) returns bigint[] language sql immutable parallel safe return
    case operator
        when 'best' then
            case when subscores is null then array[signs[1] * score, achieved_at, line]
                 else array[signs[1] * score, signs[2] * subscores[1], signs[3] * subscores[2], signs[4] * subscores[3],
                            signs[5] * subscores[4], achieved_at, line] end
        when 'sum' then array[all_zeros::int::bigint, -achieved_at, -line]
        else array[-achieved_at, -line, 0]
    end;

create function lowest_job(operator text, job uuid) returns uuid language sql immutable parallel safe return
    case operator when 'best' then job end;

create function highest_job(operator text, job uuid) returns uuid language sql immutable parallel safe return
    case operator when 'best' then null else job end;

-- Hexadecimal digits behind their count: the order of the texts is that of the numbers.
create function ordered_hex(number bigint) returns text language sql immutable parallel safe return
    case when number = 0 then '0' else to_hex(length(to_hex(number))) || to_hex(number) end;

-- A directed sub-score, raised above zero, in a fixed width; nothing for one that the board does not have.
create function subscore_hex(directed bigint) returns text language sql immutable parallel safe return
    coalesce(lpad(to_hex(directed + 9007199254740992), 14, '0'), '');

-- The text by whose bytes equal scores are ordered. It holds no colon.
create function tie_break(signs bigint[], subscores bigint[], achieved_at bigint, line bigint, job uuid)
returns text language sql immutable parallel safe return
    case when subscores is null then ''
         else subscore_hex(signs[2] * subscores[1]) || subscore_hex(signs[3] * subscores[2])
              || subscore_hex(signs[4] * subscores[3]) || subscore_hex(signs[5] * subscores[4]) end
    || lpad(to_hex(achieved_at), 14, '0') || ordered_hex(line) || replace(job::text, '-', '');

-- A sum that a recomputation finds beyond what a score can be shows the limit.
create function bounded_score(total numeric) returns bigint language sql immutable parallel safe return
    greatest(-9007199254740991, least(9007199254740991, total))::bigint;

create function bounded_subscores(totals numeric[]) returns bigint[] language sql immutable parallel safe return
    (array[bounded_score(totals[1]), bounded_score(totals[2]), bounded_score(totals[3]), bounded_score(totals[4])])
    [1:cardinality(totals)];

-- How far a score or one of its sub-scores is from zero, whichever is farthest.
create function farthest(score bigint, subscores bigint[]) returns bigint language sql immutable parallel safe return
    case when subscores is null then abs(score)
         else greatest(abs(score), abs(subscores[1]), abs(subscores[2]), abs(subscores[3]), abs(subscores[4])) end;

-- Adds each to each. It is strict and not inlined, so that a board without sub-scores never runs it.
create function add_each(sums numeric[], additions numeric[]) returns numeric[]
language sql immutable strict parallel safe return
    (array[sums[1] + additions[1], sums[2] + additions[2], sums[3] + additions[3], sums[4] + additions[4]])
    [1:cardinality(additions)];

create aggregate sum_each(numeric[]) (sfunc = add_each, stype = numeric[], combinefunc = add_each, parallel = safe);

-- The version of a period after a change: it grows, and it passes what a restored backup has forgotten.
create function next_version(version bigint, now bigint) returns bigint language sql immutable parallel safe return
    greatest(version + 1, now);
