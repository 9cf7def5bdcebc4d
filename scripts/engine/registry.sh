#!/usr/bin/env bash
# Debian's docker-registry on a loopback port, with token authentication when a token service is given.
# usage: registry.sh DIR PORT [REALM]     stop: down.sh DIR.   With REALM, DIR/token.key signs the tokens that DIR/token.crt proves.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
mkdir -p "$1" && dir=$(cd "$1" && pwd); port=$2
need docker-registry=docker-registry
cat > "$dir/registry.yml" <<CONF
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/registry-data}, delete: {enabled: true}}
http: {addr: 127.0.0.1:$port}
CONF
if [ -n "${3:-}" ]; then
  need openssl=openssl
  [ -f "$dir/token.key" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=dockmod-test -keyout "$dir/token.key" -out "$dir/token.crt" 2> /dev/null
  printf 'auth:\n  token: {realm: "%s", service: loopback, issuer: dockmod-test, rootcertbundle: %s}\n' "$3" "$dir/token.crt" >> "$dir/registry.yml"
fi
setsid nohup docker-registry serve "$dir/registry.yml" > "$dir/registry.log" 2>&1 < /dev/null &
echo $! > "$dir/registry.pid"
for _ in $(seq 1 100); do
  status=$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/v2/" || true)
  case $status in 200 | 401) echo "registry on 127.0.0.1:$port"; exit 0 ;; esac
  sleep 0.1
done
tail -n 3 "$dir/registry.log" >&2; exit 1
