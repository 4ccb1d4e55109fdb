#!/bin/sh
# Ready is who answers PONG: not yet while the append-only file is loaded (LOADING), not while a script blocks (BUSY).
answer=$(redis-cli ping 2>&1)
if [ "$answer" = PONG ]; then exit 0; fi
echo "$answer"
exit 1
