#!/bin/sh
set -eu
# The host's directory belongs to whoever made it.
chown -R "${PUID:-1000}:${PGID:-1000}" /backup
exec su-exec "${PUID:-1000}:${PGID:-1000}" crond -f -l 8
