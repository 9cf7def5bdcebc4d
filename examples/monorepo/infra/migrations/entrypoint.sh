#!/bin/bash
set -euo pipefail
until pg_isready -h "$PGHOST"; do sleep 1; done
case "$1" in
  up) for file in sql/*.sql; do psql -v ON_ERROR_STOP=1 -f "$file"; done ;;
  *) exec "$@" ;;
esac
