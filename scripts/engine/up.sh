#!/usr/bin/env bash
# A private Docker Engine with BuildKit from Debian packages: its own socket, its own data, nothing shared with another engine.
# usage: up.sh DIR       then `. DIR/env`; stop it with down.sh DIR.   Exit code 3: no engine can be had here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
mkdir -p "$1" && dir=$(cd "$1" && pwd)

give_up() { echo "no engine: $*" >&2; exit 3; }
[ "$(id -u)" = 0 ] || give_up 'root is needed to start one'
command -v apt-get > /dev/null || give_up 'it comes from Debian packages, and there is no apt-get here'

need runc=runc iptables=iptables
mkdir -p "$dir/config/cli-plugins" "$dir/data" "$dir/exec"
[ -f "$dir/config/config.json" ] || echo '{}' > "$dir/config/config.json"

# The newest engine whose libraries this machine has. Only unpacked beside the system, never installed.
unpack() {
  local suite=$1 root=$dir/root-$1 apt debs=$dir/debs-$1
  [ -x "$root/usr/sbin/dockerd" ] && return
  apt=$(private_apt "$dir" "$suite") || return 1
  mkdir -p "$debs"
  (
    cd "$debs"
    APT_CONFIG=$apt apt-get -qq download docker.io containerd || exit 1
    # Separate packages since Debian 13; the same package before.
    APT_CONFIG=$apt apt-get -qq download docker-cli docker-buildx 2> /dev/null || true
    for deb in *.deb; do dpkg-deb -x "$deb" "$root"; done
  ) || { rm -rf "$root" "$debs"; return 1; }
  rm -rf "$debs"
}
chosen=
for suite in ${DOCKMOD_ENGINE_SUITES:-sid trixie bookworm}; do
  unpack "$suite" || continue
  root=$dir/root-$suite
  if "$root/usr/sbin/dockerd" --version && "$root/usr/bin/docker" --version && "$root/usr/bin/containerd" --version; then chosen=$suite; break; fi > "$dir/versions" 2>&1
done
[ -n "$chosen" ] || give_up 'no release of Debian has an engine that runs here'

root=$dir/root-$chosen
for plugin in "$root"/usr/libexec/docker/cli-plugins/docker-buildx "$root"/usr/lib/docker/cli-plugins/docker-buildx; do
  [ ! -x "$plugin" ] || ln -sfn "$plugin" "$dir/config/cli-plugins/docker-buildx"
done
cat > "$dir/env" <<ENV
export PATH=$root/usr/sbin:$root/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export DOCKER_HOST=unix://$dir/docker.sock DOCKER_CONFIG=$dir/config DOCKER_BUILDKIT=1
ENV
. "$dir/env"

# No bridge and no firewall rules: containers are run without a network, and builds use the host's.
if ! docker version > /dev/null 2>&1; then
  setsid nohup dockerd --host "unix://$dir/docker.sock" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \
    --bridge=none --iptables=false --ip6tables=false --storage-driver=overlay2 --log-level=warn > "$dir/dockerd.log" 2>&1 < /dev/null &
  for _ in $(seq 1 200); do docker version > /dev/null 2>&1 && break; sleep 0.2; done
fi
docker version --format 'engine {{.Server.Version}} ({{.Server.Os}}/{{.Server.Arch}})' 2> /dev/null || { tail -n 5 "$dir/dockerd.log" >&2; give_up 'dockerd does not start'; }
