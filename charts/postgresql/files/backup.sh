#!/bin/sh
# One backup: dumped under a temporary name, read back in full, renamed, and only then the oldest ones go.
set -eu
PATH=/usr/lib/postgresql/${PG_MAJOR:-}/bin:$PATH
cd "$BACKUPS"
umask 077 # a dump holds all names and keys' hashes

exec 9>.lock
flock --exclusive --nonblock 9 || {
  echo "highscores: another backup or restore is using this claim." >&2
  exit 1
}
rm -f ./*.partial # of a backup that was cut short: we hold the lock

attempts=0
until pg_isready --quiet --timeout=3; do
  attempts=$((attempts + 1))
  [ "$attempts" -lt 40 ] || { echo "highscores: $PGHOST does not answer." >&2; exit 1; }
  sleep 1
done

backup=highscores-$(date -u +%Y%m%dT%H%M%SZ).dump
pg_dump --format=custom --lock-wait-timeout=60s --file="$backup.partial"
# Reading all of it finds what a look at its list of contents would not: a damaged or missing end.
pg_restore --file=/dev/null "$backup.partial"
sync "$backup.partial"
mv "$backup.partial" "$backup"
sync "$BACKUPS"

ls highscores-*.dump | sort -r | tail -n +"$((KEEP + 1))" | while read -r old; do
  rm -f "$old"
  echo "highscores: removed $old"
done
echo "highscores: $backup is complete. Backups now, the newest first:"
ls -l --human-readable --reverse highscores-*.dump
