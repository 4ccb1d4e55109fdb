-- Roles, passwords and database. Whatever exists stays; the passwords become those of the Secret in any case.
\set ON_ERROR_STOP on
\set postgres_password `cat "$SECRETS/postgres-password"`
\set owner_password `cat "$SECRETS/owner-password"`
\set writer_password `cat "$SECRETS/writer-password"`
\set reader_password `cat "$SECRETS/reader-password"`

-- A statement that holds a password must not be logged, not even when it fails or is slow.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

select format('create role %I', wanted)
  from unnest(array['highscores_owner', 'highscores_writer', 'highscores_reader']) as wanted
 where not exists (select from pg_roles where rolname = wanted) \gexec
alter role postgres password :'postgres_password';
alter role highscores_owner login password :'owner_password';
alter role highscores_writer login password :'writer_password';
alter role highscores_reader login password :'reader_password';

select 'create database highscores owner highscores_owner'
 where not exists (select from pg_database where datname = 'highscores') \gexec
alter database highscores allow_connections true; -- a restore that was cut short may have left it closed
revoke all on database highscores from public;
grant connect on database highscores to highscores_writer, highscores_reader;
