#!/usr/bin/env bash
# Root file systems like gcr.io/distroless/{static,base,cc}-debian{12,13}, from the Debian packages that distroless itself
# unpacks (static/config.bzl, base/config.bzl, cc/config.bzl in GoogleContainerTools/distroless). No shell, no package manager.
# usage: distroless.sh OUT 12|13 SCRATCH      (root)      -> OUT/{static,base,cc}
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
mkdir -p "$1" && out=$(cd "$1" && pwd)
case $2 in
  12) suite=bookworm static='base-files netbase tzdata media-types' base='libc6 libssl3' cc='libgomp1 libstdc++6 libgcc-s1 gcc-12-base' ;;
  13) suite=trixie static='base-files netbase tzdata tzdata-legacy media-types' base='libc6 libssl3t64 libzstd1 zlib1g' cc='libgomp1 libstdc++6 libgcc-s1 gcc-14-base' ;;
esac
apt=$(private_apt "$3" "$suite")
debs=$out/debs; rm -rf "$debs" "$out/static" "$out/base" "$out/cc"; mkdir -p "$debs" "$out/static"
# shellcheck disable=SC2086
(cd "$debs" && APT_CONFIG=$apt apt-get -qq download ca-certificates $static $base $cc)

add() { # ROOT PACKAGE...
  local root=$1 package; shift
  for package in "$@"; do
    dpkg-deb -x "$debs/$package"_*.deb "$root"
    mkdir -p "$root/var/lib/dpkg/status.d"
    dpkg-deb -f "$debs/$package"_*.deb > "$root/var/lib/dpkg/status.d/$package"
  done
  rm -rf "$root"/usr/share/{man,info,lintian,bug,locale}
  find "$root/usr/share/doc" -type f ! -name copyright -delete
}
root=$out/static
if [ "$2" = 13 ]; then # merged /usr
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
fi
# shellcheck disable=SC2086
add "$root" $static
mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/root" "$root/home/nonroot"
chmod 1777 "$root/tmp"; chmod 700 "$root/root" "$root/home/nonroot"; chown 65532:65532 "$root/home/nonroot"
certificates=$(mktemp -d); dpkg-deb -x "$debs"/ca-certificates_*.deb "$certificates"
find "$certificates/usr/share/ca-certificates" -name '*.crt' -print0 | sort -z | xargs -0 cat > "$root/etc/ssl/certs/ca-certificates.crt"; rm -rf "$certificates"
printf '%s\n' 'root:x:0:0:root:/root:/sbin/nologin' 'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin' 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > "$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'nobody:x:65534:' 'nonroot:x:65532:' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
printf 'ID=debian\nVERSION_ID="%s"\nPRETTY_NAME="Distroless stand-in"\n' "$2" > "$root/usr/lib/os-release"
cp -a "$root" "$out/base"
# shellcheck disable=SC2086
add "$out/base" $base
cp -a "$out/base" "$out/cc"
# shellcheck disable=SC2086
add "$out/cc" $cc
rm -rf "$debs"
for program in bin/sh usr/bin/sh usr/bin/bash usr/bin/dpkg; do [ ! -e "$out/cc/$program" ] || { echo "distroless.sh: $program slipped in" >&2; exit 1; }; done
