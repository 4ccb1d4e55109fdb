#!/bin/sh
# Runs before each start of the server: makes the data directory if there is none, then brings roles, database and passwords into line.
set -eu

fail() {
  echo "highscores: $*" >&2
  exit 1
}

volume=$(dirname "$PGDATA")
PATH=/usr/lib/postgresql/${PG_MAJOR:-}/bin:$PATH # psql itself: the one in /usr/bin may be Debian's wrapper

# The lock is held as long as this script, or the server it starts, has the descriptor. Two pods on one volume, after a deletion by force,
# would not see each other's postmaster.pid: process ids mean nothing across containers.
exec 9>"$volume/server.lock"
flock --exclusive --timeout 60 9 || fail "another PostgreSQL server is still using this volume."

set -- $(postgres --version) # postgres (PostgreSQL) 17.6 (Debian …)
version=${3%%.*}

if [ ! -e "$PGDATA" ]; then
  # A name of its own until it is complete: an initdb that was cut short is begun again.
  rm -rf "$PGDATA.new"
  # huge_pages: a node that has some while the container may use none ends initdb with a bus error.
  initdb --pgdata="$PGDATA.new" --username=postgres --pwfile="$SECRETS/postgres-password" \
    --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums --set=huge_pages=off
  mv "$PGDATA.new" "$PGDATA"
  sync --file-system "$volume"
fi

[ -s "$PGDATA/PG_VERSION" ] || fail "$PGDATA holds no PostgreSQL data (no PG_VERSION). Nothing was changed; look what is in it."
made_by=$(cat "$PGDATA/PG_VERSION")
[ "$made_by" = "$version" ] || fail "the data was made by PostgreSQL $made_by, and this image is PostgreSQL $version, which can't read it." \
  "Nothing was changed. Set image.tag back to $made_by; docs/backup.md says how to move to another major version."

chmod 700 "$PGDATA"             # a volume whose group was changed by Kubernetes (fsGroup) would be refused
rm -f "$PGDATA/postmaster.pid" # whoever wrote it is gone: we hold the lock

# No address, only the socket in this pod. After a crash this start replays the log, so it may take as long as that takes.
pg_ctl --pgdata="$PGDATA" --silent --wait --timeout="$STARTUP_SECONDS" start \
  --options="-c config_file=$CONFIG/postgresql.conf -c listen_addresses="
psql --no-psqlrc --quiet --username=postgres --dbname=postgres --file="$CONFIG/roles.sql"
pg_ctl --pgdata="$PGDATA" --silent --wait --timeout="$STARTUP_SECONDS" --mode=fast stop
echo "highscores: roles, database and passwords are as they should be."
