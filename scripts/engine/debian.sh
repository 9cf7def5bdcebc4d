# Shared by the scripts of this folder: where this machine gets Debian packages from. Sourced, never run.

# Address of the Debian archive that apt uses here, e.g. http://deb.debian.org/debian
debian_mirror() {
  local found
  found=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ')
  printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# A private apt configuration for one suite, so that packages of other releases can be downloaded without touching the
# machine's own sources. Prints the path to use as APT_CONFIG.   usage: private_apt DIR SUITE
private_apt() {
  local at=$1/apt-$2
  if [ ! -f "$at/ready" ]; then
    mkdir -p "$at/state/lists/partial" "$at/cache/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" "$2" > "$at/sources.list"
    cat > "$at/apt.conf" <<CONF
Dir::Etc::sourcelist "$at/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$at/state/lists";
Dir::Cache "$at/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
    APT_CONFIG=$at/apt.conf apt-get -qq update >&2 || return 1
    touch "$at/ready"
  fi
  printf '%s\n' "$at/apt.conf"
}

# Installs Debian packages whose command is missing.   usage: need COMMAND=PACKAGE...
need() {
  local missing=() pair
  for pair in "$@"; do command -v "${pair%%=*}" > /dev/null || [ -x "/usr/sbin/${pair%%=*}" ] || missing+=("${pair#*=}"); done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get -qq update >&2
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2
}
