#!/bin/sh
# Restores $BACKUP (a file's name, or `latest`) beside the database in use, then swaps the two: until the swap nothing has changed, and
# after it the former database is still there. `list`, the default, only shows the backups.
set -eu
PATH=/usr/lib/postgresql/${PG_MAJOR:-}/bin:$PATH
cd "$BACKUPS"

query() {
  psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --dbname=postgres "$@"
}

list() {
  echo "highscores: backups, the newest first:"
  ls -l --human-readable --reverse highscores-*.dump
}

if [ "$BACKUP" = list ]; then
  list
  exit
fi
exec 9>.lock
flock --exclusive --nonblock 9 || {
  echo "highscores: another backup or restore is using this claim." >&2
  exit 1
}
if [ "$BACKUP" = latest ]; then
  BACKUP=$(ls highscores-*.dump | sort | tail -n 1)
fi
if [ ! -f "$BACKUP" ]; then
  echo "highscores: there is no backup \"$BACKUP\"." >&2
  list >&2
  exit 1
fi

attempts=0
until pg_isready --quiet --timeout=3; do
  attempts=$((attempts + 1))
  [ "$attempts" -lt 40 ] || { echo "highscores: $PGHOST does not answer." >&2; exit 1; }
  sleep 1
done

former=highscores_until_$(date -u +%Y%m%d_%H%M%S)
echo "highscores: restoring $BACKUP"
export PGOPTIONS='--client-min-messages=warning'
query --command='drop database if exists highscores_restored with (force)' # of a restore that was cut short
query --command='create database highscores_restored owner highscores_owner template template0'
query --command='revoke all on database highscores_restored from public' \
  --command='grant connect on database highscores_restored to highscores_writer, highscores_reader'
pg_restore --exit-on-error --dbname=highscores_restored "$BACKUP"
vacuumdb --quiet --analyze-only --dbname=highscores_restored

# Whatever goes wrong from here on, the database in use must accept connections again.
trap 'query --command="alter database highscores allow_connections true"' EXIT
query --set=former="$former" --file="$SCRIPTS/swap.sql"
echo "highscores: restored $BACKUP."
