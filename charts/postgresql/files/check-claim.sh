#!/bin/sh
# Finds out at installation, and not in the first night, whether the claim for backups can be had and written.
set -eu
echo "written at $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$BACKUPS/.check"
sync "$BACKUPS/.check"
rm "$BACKUPS/.check"
echo "highscores: the claim for backups can be written."
