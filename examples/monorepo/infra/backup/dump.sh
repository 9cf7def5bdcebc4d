#!/bin/sh
set -eu
pg_dumpall --host="${PGHOST:-postgres}" --username=postgres | gzip > "/backup/$(date +%F).sql.gz"
find /backup -name '*.sql.gz' -mtime +14 -delete
