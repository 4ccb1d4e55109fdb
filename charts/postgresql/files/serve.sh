#!/bin/sh
# Becomes the server. It inherits the lock, which the kernel gives back when the last of its processes is gone.
set -eu
exec 9>"$(dirname "$PGDATA")/server.lock"
flock --exclusive --timeout 60 9 || {
  echo "highscores: another PostgreSQL server is still using this volume." >&2
  exit 1
}
exec postgres -D "$PGDATA" -c "config_file=$CONFIG/postgresql.conf"
