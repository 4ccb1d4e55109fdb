-- Partitions of the ledger and of jobs, one for each month of `accepted_at`. Rows of other months (a message that waited
-- for a year, a clock gone wrong) go to the default partition, and are found there all the same.
--
-- The functions run as the owner of the tables, so that the worker needs no right to create or drop any.

create function ensure_partitions(months_ahead int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    month timestamp;
begin
    foreach parent in array array['submissions', 'jobs'] loop
        for month in
            select generate_series(date_trunc('month', now() at time zone 'utc'),
                                   date_trunc('month', now() at time zone 'utc') + months_ahead * interval '1 month',
                                   interval '1 month')
        loop
            if to_regclass(format('%I', parent || to_char(month, '_YYYY_MM'))) is null then
                execute format('create table %I partition of %I for values from (%s) to (%s)',
                               parent || to_char(month, '_YYYY_MM'), parent,
                               (extract(epoch from month) * 1000000)::bigint,
                               (extract(epoch from month + interval '1 month') * 1000000)::bigint);
            end if;
        end loop;
    end loop;
end $$;

-- Drops the partitions whose rows were all accepted before the instant (microseconds); returns how many.
create function drop_partitions(parent text, accepted_before bigint) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    part regclass;
    dropped int := 0;
begin
    if parent not in ('submissions', 'jobs') then
        raise exception 'not a partitioned table of highscores';
    end if;
    for part in
        select i.inhrelid::regclass
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass
          and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
          and extract(epoch from to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') * 1000000 <= accepted_before
    loop
        execute format('drop table %s', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

revoke execute on function ensure_partitions(int), drop_partitions(text, bigint) from public;
