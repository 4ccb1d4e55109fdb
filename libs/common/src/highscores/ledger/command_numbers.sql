-- Numbers of admin commands: each above all that were given before, also above those that a restored backup has forgotten.
-- The lock keeps two who ask at once apart.
create function next_command_number() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('command_numbers'));
    return setval('command_numbers', greatest(nextval('command_numbers'),
                                              (extract(epoch from clock_timestamp()) * 1000000)::bigint));
end $$;

revoke execute on function next_command_number() from public;
