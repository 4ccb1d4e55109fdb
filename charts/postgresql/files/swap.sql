-- The restored database takes the place of the one in use, if that still exists. Both names change in one transaction.
\set ON_ERROR_STOP on
select count(*) > 0 as in_use from pg_database where datname = 'highscores' \gset
\if :in_use
alter database highscores allow_connections false;
select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = 'highscores' \g /dev/null
\endif
begin;
\if :in_use
alter database highscores rename to :former;
\endif
alter database highscores_restored rename to highscores;
commit;
\if :in_use
\echo highscores: what was there before is the database :former. Drop it when all is well.
\endif
