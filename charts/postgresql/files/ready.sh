#!/bin/sh
# Ready means: a query in the database that the services use is answered. By the socket as the superuser, for whom connections are
# reserved: being busy is no reason to take the only server away.
PATH=/usr/lib/postgresql/${PG_MAJOR:-}/bin:$PATH
exec psql --no-psqlrc --quiet --no-align --tuples-only --username=postgres --dbname=highscores --command='select 1' >/dev/null
