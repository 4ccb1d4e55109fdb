-- The ranking rule as functions for the statements that fold many rows. It is the twin of domain/ranking.py, to which a
-- property test holds it. Each function is one immutable expression, which PostgreSQL inlines into the statement.

-- What counts for a player: of several submissions (or a submission and the standing that is there) the one with the
-- lowest key; of equal keys the lowest job where `best` counts, and the highest where the newest does.
-- `all_zeros`: nothing but zeros has been added to the sum, so the time of any other addition counts instead.
create function fold_key(
    operator text, sign bigint, score bigint, achieved_at bigint, line bigint, all_zeros boolean
) returns bigint[] language sql immutable parallel safe return
    case operator
        when 'best' then array[sign * score, achieved_at, line]
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

-- The text by whose bytes equal scores are ordered. It holds no colon.
create function tie_break(achieved_at bigint, line bigint, job uuid) returns text language sql immutable parallel safe return
    lpad(to_hex(achieved_at), 14, '0') || ordered_hex(line) || replace(job::text, '-', '');

-- A sum that a recomputation finds beyond what a score can be shows the limit.
create function bounded_score(total numeric) returns bigint language sql immutable parallel safe return
    greatest(-9007199254740991, least(9007199254740991, total))::bigint;

-- The version of a period after a change: it grows, and it passes what a restored backup has forgotten.
create function next_version(version bigint, now bigint) returns bigint language sql immutable parallel safe return
    greatest(version + 1, now);
