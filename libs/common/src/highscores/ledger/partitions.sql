-- Partitions of the ledger and of jobs, one for each month of `accepted_at`. Rows of other months (a message that waited
-- for a year, a clock gone wrong) go to the default partition, and are found there all the same.
--
-- The functions run as the owner of the tables, so that the worker needs no right to create or drop any.

-- Rows of a month that came before its partition did lie in the default one: they move. A month of which there is a
-- partition has none there. The default partition is locked first, since a row that came in between would let it fail.
-- Meanwhile nobody can write to it, so a month with more rows there than `moved_rows_max` gets no partition. Returns how
-- many are still missing.
create function ensure_partitions(months_ahead int, moved_rows_max int default 20000) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    part text;
    month timestamp;
    starts_at bigint;
    ends_at bigint;
    early_rows bigint;
    missing int := 0;
begin
    foreach parent in array array['submissions', 'jobs'] loop
        for month in
            select generate_series(date_trunc('month', now() at time zone 'utc'),
                                   date_trunc('month', now() at time zone 'utc') + months_ahead * interval '1 month',
                                   interval '1 month')
        loop
            part := parent || to_char(month, '_YYYY_MM');
            continue when to_regclass(format('%I', part)) is not null;
            starts_at := extract(epoch from month) * 1000000;
            ends_at := extract(epoch from month + interval '1 month') * 1000000;
            execute format('lock table %I in access exclusive mode', parent || '_other');
            execute format('select count(*) from (select from %I where accepted_at >= %s and accepted_at < %s limit %s) r',
                           parent || '_other', starts_at, ends_at, moved_rows_max + 1) into early_rows;
            if early_rows > moved_rows_max then
                missing := missing + 1;
                continue;
            end if;
            execute format('create table %I (like %I including all)', part, parent);
            execute format('with moved as (delete from %I where accepted_at >= %s and accepted_at < %s returning *)'
                           ' insert into %I select * from moved', parent || '_other', starts_at, ends_at, part);
            execute format('alter table %I attach partition %I for values from (%s) to (%s)',
                           parent, part, starts_at, ends_at);
        end loop;
    end loop;
    return missing;
end $$;

-- Drops the partitions whose rows were all accepted so long ago (microseconds), by the clock of PostgreSQL, since that of a
-- caller may be wrong; returns how many.
create function drop_partitions(parent text, age bigint) returns int
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
          and extract(epoch from to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') * 1000000
              <= extract(epoch from now()) * 1000000 - age
    loop
        execute format('drop table %s', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

revoke execute on function ensure_partitions(int, int), drop_partitions(text, bigint) from public;
