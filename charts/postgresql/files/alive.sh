#!/bin/sh
# Alive means: the server answers at all, be it that it is recovering from a crash (1). Only silence (2) is a reason to start it afresh.
PATH=/usr/lib/postgresql/${PG_MAJOR:-}/bin:$PATH
pg_isready --quiet --timeout=4
[ $? -lt 2 ]
