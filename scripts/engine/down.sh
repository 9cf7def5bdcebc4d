#!/usr/bin/env bash
# Stops what up.sh DIR and registry.sh DIR started, by their process ids, and nothing else. Images and caches stay in DIR.
set -uo pipefail
dir=$1
if [ -f "$dir/registry.pid" ]; then kill "$(cat "$dir/registry.pid")" 2> /dev/null; rm -f "$dir/registry.pid"; fi
[ -f "$dir/env" ] && . "$dir/env"
pid=$(cat "$dir/docker.pid" 2> /dev/null) || exit 0
left=$(docker ps -aq 2> /dev/null)
# shellcheck disable=SC2086
[ -z "$left" ] || docker rm -f $left > /dev/null
kill "$pid" 2> /dev/null
for _ in $(seq 1 150); do [ -d "/proc/$pid" ] || break; sleep 0.2; done
umount "$dir/exec/netns/default" 2> /dev/null
[ ! -d "/proc/$pid" ] || { echo "dockerd ($pid) does not end" >&2; exit 1; }
