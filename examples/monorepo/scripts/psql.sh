#!/bin/sh
# A prompt on the shop's database.
exec docker exec -it hinoki-postgres-1 psql -U postgres hinoki "$@"
