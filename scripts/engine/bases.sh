#!/usr/bin/env bash
# Stand-ins for public base images, made from Debian packages and from the tool chains of this machine, for engines that reach no
# public registry. Each carries the label standin=local. Good for: does it build, start, serve, as which user. Sizes are near
# the public images' and never equal.
# usage: . ENGINE/env; bases.sh DIR NAME...     NAME: debian trixie distroless12 distroless13 alpine go rust python node deno
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
mkdir -p "$1" && dir=$(cd "$1" && pwd); shift
wanted=" $* "; wants() { [[ $wanted == *" $1 "* ]]; }
have() { docker image inspect "$1" > /dev/null 2>&1; }
plain_path='PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
say() { printf '%4ss  %s\n' "$SECONDS" "$*"; SECONDS=0; }

import() { # ROOT-OR-TAR TAG CHANGE...
  local source=$1 tag=$2 changes=(-c 'LABEL standin=local' -c "ENV $plain_path"); shift 2
  for change in "$@"; do changes+=(-c "$change"); done
  if [ -d "$source" ]; then tar -C "$source" --numeric-owner -c .; else cat "$source"; fi | docker import "${changes[@]}" - "$tag" > /dev/null
}
build() { # CONTEXT TAG... with the Dockerfile on standard input
  local context=$1 tags=() tag; shift
  for tag in "$@"; do tags+=(-t "$tag"); done
  docker build --quiet --network=host --provenance=false --label standin=local "${tags[@]}" -f - "$context" > /dev/null
}
also() { local from=$1 tag; shift; for tag in "$@"; do docker tag "$from" "$tag"; done; }

bootstrap() { # SUITE -> $dir/SUITE.tar, a minimal Debian like the slim images
  need mmdebstrap=mmdebstrap
  local mirror security; mirror=$(debian_mirror); security=${mirror%/}-security
  mmdebstrap --quiet --mode=root --variant=minbase --aptopt='Acquire::Languages "none"' --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$1" "$dir/$1.tar" "deb $mirror $1 main" "deb $mirror $1-updates main" "deb $security $1-security main" > "$dir/$1.log" 2>&1
}
if wants debian && ! have debian:bookworm-slim; then
  bootstrap bookworm
  import "$dir/bookworm.tar" debian:bookworm-slim 'CMD ["bash"]'
  also debian:bookworm-slim debian:12-slim debian:bookworm debian:12
  say debian
fi
if wants trixie && ! have debian:trixie-slim; then # with a C compiler: what it builds needs Debian 13's C library
  bootstrap trixie
  import "$dir/trixie.tar" debian:trixie-slim 'CMD ["bash"]'
  also debian:trixie-slim debian:13-slim debian:trixie debian:13
  say trixie
fi
for release in 12 13; do
  wants distroless$release && ! have gcr.io/distroless/cc-debian$release:nonroot || continue
  "$here/distroless.sh" "$dir/distroless$release" $release "$dir"
  for image in static base cc; do
    name=gcr.io/distroless/$image-debian$release
    import "$dir/distroless$release/$image" $name:nonroot 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' 'USER 65532' 'WORKDIR /home/nonroot'
    import "$dir/distroless$release/$image" $name:latest 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' 'USER 0' 'WORKDIR /'
  done
  say distroless$release
done
if wants alpine && ! have alpine:3.20; then # busybox and musl, as Alpine has them; no apk, so `apk add` is a no-op here
  root=$dir/alpine; rm -rf "$root"; mkdir -p "$root"
  apt=$(private_apt "$dir" bookworm)
  (cd "$dir" && rm -f busybox-static_*.deb musl_*.deb tzdata_*.deb && APT_CONFIG=$apt apt-get -qq download busybox-static musl tzdata && for deb in busybox-static_*.deb musl_*.deb tzdata_*.deb; do dpkg-deb -x "$deb" "$root"; done)
  # Time zones are there from the start, since there is no apk to add them.
  find "$root/usr/share" -mindepth 1 -maxdepth 1 ! -name zoneinfo -exec rm -rf {} +; mkdir -p "$root"/{etc/ssl/certs,tmp,root,home,proc,sys,dev,var/lib,usr/bin,usr/sbin,usr/local/bin,sbin,run}; chmod 1777 "$root/tmp"
  for applet in $("$root/bin/busybox" --list); do [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"; done
  ln -sf /bin/env "$root/usr/bin/env"
  printf '#!/bin/sh\necho "stand-in: apk $*"\n' > "$root/sbin/apk"
  # Debian's busybox lacks these two; the options are those that Dockerfiles use.
  cat > "$root/bin/addgroup" <<'SH'
#!/bin/sh
gid=1000; while [ $# -gt 0 ]; do case $1 in -g|--gid) gid=$2; shift ;; -*) ;; *) name=$1 ;; esac; shift; done
grep -q "^$name:" /etc/group || echo "$name:x:$gid:" >> /etc/group
SH
  cat > "$root/bin/adduser" <<'SH'
#!/bin/sh
uid=1000 group= home= shell=/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -u|--uid) uid=$2; shift ;; -G|--ingroup) group=$2; shift ;; -h|--home) home=$2; shift ;; -s|--shell) shell=$2; shift ;; -g|--gecos) shift ;; -*) ;; *) name=$1 ;; esac
  shift
done
[ -n "$group" ] || { group=$name; addgroup -g "$uid" "$name"; }
gid=$(sed -n "s/^$group:x:\([0-9]*\):.*/\1/p" /etc/group); home=${home:-/home/$name}
echo "$name:x:$uid:$gid::$home:$shell" >> /etc/passwd; mkdir -p "$home"; chown "$uid:$gid" "$home"
SH
  chmod 755 "$root/sbin/apk" "$root/bin/addgroup" "$root/bin/adduser"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"
  printf 'ID=alpine\nPRETTY_NAME="Alpine stand-in"\n' > "$root/etc/os-release"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2> /dev/null || true
  import "$root" alpine:3.20 'CMD ["/bin/sh"]'
  also alpine:3.20 alpine:latest alpine:3.19 alpine:3.22 alpine:3.24
  say alpine
fi
if wants go; then # Debian's newest Go: static binaries, they run on any C library
  if [ ! -x "$dir/go/bin/go" ]; then
    apt=$(private_apt "$dir" sid)
    package=$(APT_CONFIG=$apt apt-cache depends golang-go | sed -n 's/.*Depends: \(golang-[0-9.]*-go\)$/\1/p' | head -n 1)
    rm -rf "$dir/go-debs" "$dir/go"; mkdir -p "$dir/go-debs"
    (cd "$dir/go-debs" && APT_CONFIG=$apt apt-get -qq download "$package" "${package%-go}-src" && for deb in *.deb; do dpkg-deb -x "$deb" root; done)
    cp -rL "$dir"/go-debs/root/usr/lib/go-* "$dir/go"; rm -rf "$dir/go-debs" "$dir/go/test"
  fi
  version=$(GOTOOLCHAIN=local GOROOT=$dir/go "$dir/go/bin/go" env GOVERSION | sed 's/^go//; s/ .*//')
  rm -rf "$dir/go-context"; mkdir "$dir/go-context"; cp -al "$dir/go" "$dir/go-context/go"
  # WARM compiles the standard library once, for tests that build many small programs. Never where an image may become a final
  # stage: what it weighs would no longer be near the public image.
  go_image() { # TAG BASE PACKAGES WARM
    local install=
    [ -z "$3" ] || install="RUN apt-get update && apt-get install -y --no-install-recommends $3 && rm -rf /var/lib/apt/lists/*"
    build "$dir/go-context" "$1" <<DOCKERFILE
FROM $2
$install
COPY go /usr/local/go
RUN mkdir -p /go/src /go/bin && chmod -R 1777 /go
ENV GOLANG_VERSION=$version GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:${plain_path#PATH=}
WORKDIR /go
${4:+RUN $4}
DOCKERFILE
    say "$1 ($version)"
  }
  have golang:stand-in || go_image golang:stand-in debian:bookworm-slim 'g++ gcc libc6-dev make pkg-config git ca-certificates' ''
  ! wants alpine || have golang:stand-in-alpine || go_image golang:stand-in-alpine alpine:3.20 '' 'CGO_ENABLED=0 go build net/http/httputil'
  ! wants trixie || have golang:stand-in-trixie || go_image golang:stand-in-trixie debian:trixie-slim 'gcc libc6-dev ca-certificates' 'CGO_ENABLED=1 go build net/http'
  have golang:stand-in-warm || {
    printf 'FROM golang:stand-in\nRUN CGO_ENABLED=0 go build net/http && CGO_ENABLED=1 go build net/http\n' | build "$dir/go-context" golang:stand-in-warm
    say golang:stand-in-warm
  }
fi
if wants rust && ! have rust:stand-in; then # the machine's own tool chain, else Debian's
  tools=$(rustc --print sysroot 2> /dev/null || "${HOME:-/root}/.cargo/bin/rustc" --print sysroot 2> /dev/null || true)
  context=$dir/rust-context; rm -rf "$context"; mkdir -p "$context/tools/bin" "$context/tools/lib/rustlib"
  if [ -n "$tools" ] && [ "$tools" != /usr ]; then
    cp -a "$tools"/bin/{rustc,cargo} "$context/tools/bin/"; cp -a "$tools"/lib/*.so* "$context/tools/lib/"; cp -a "$tools"/lib/rustlib/*-unknown-linux-gnu "$context/tools/lib/rustlib/"
    packages=
  else packages='rustc cargo'; fi
  build "$context" rust:stand-in <<DOCKERFILE
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev $packages && rm -rf /var/lib/apt/lists/*
COPY tools /usr/local/cargo
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:${plain_path#PATH=}
DOCKERFILE
  say rust
fi
if wants python && ! have python:stand-in; then # Debian 12's CPython where the official image has its own
  build "$dir" python:stand-in <<DOCKERFILE
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates netbase tzdata python3 python3-pip python3-venv && rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED \
 && ln -s /usr/bin/python3 /usr/local/bin/python3 && ln -s /usr/bin/python3 /usr/local/bin/python && ln -s /usr/bin/pip3 /usr/local/bin/pip
ENV LANG=C.UTF-8
CMD ["python3"]
DOCKERFILE
  say python
fi
if wants node && ! have node:stand-in; then # the machine's own Node.js and npm
  context=$dir/node-context; rm -rf "$context"; mkdir -p "$context/usr/bin" "$context/usr/lib/node_modules" "$context/usr/etc"
  cp "$(readlink -f "$(command -v node)")" "$context/usr/bin/node"
  cp -a "$(npm root -g)/npm" "$context/usr/lib/node_modules/npm"
  # npm reaches its registry the way this machine does.
  cp /etc/ssl/certs/ca-certificates.crt "$context/ca-certificates.crt"; echo 'cafile=/etc/ssl/certs/ca-certificates.crt' > "$context/usr/etc/npmrc"
  build "$context" node:stand-in <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY usr /usr/local
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
CMD ["node"]
DOCKERFILE
  say node
fi
if wants deno && ! have denoland/deno:stand-in; then # the binary of the npm package
  context=$dir/deno-context; mkdir -p "$context"
  [ -f "$context/deno" ] || (cd "$context" && rm -rf node_modules && npm init -y > /dev/null 2>&1 && npm install --no-audit --no-fund --no-save @deno/linux-x64-glibc@2.9.6 > /dev/null 2>&1 && cp node_modules/@deno/linux-x64-glibc/deno deno && chmod 755 deno)
  printf 'node_modules\n' > "$context/.dockerignore"
  printf '#!/bin/sh\nset -e\ncase "$1" in\n  cache|check|compile|eval|fmt|help|info|install|lint|repl|run|serve|task|test|-*) exec deno "$@" ;;\nesac\nexec "$@"\n' > "$context/docker-entrypoint.sh"
  printf '#!/bin/sh\n[ "$1" = -- ] && shift\nexec "$@"\n' > "$context/tini"; chmod 755 "$context/tini" "$context/docker-entrypoint.sh"
  build "$context" denoland/deno:stand-in-bin <<'DOCKERFILE'
FROM scratch
COPY deno /deno
DOCKERFILE
  build "$context" denoland/deno:stand-in <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN useradd --uid 1993 --user-group deno && mkdir /deno-dir/ && chown deno:deno /deno-dir/
ENV DENO_DIR=/deno-dir/ DENO_INSTALL_ROOT=/usr/local
COPY deno /usr/bin/deno
COPY tini /tini
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["/tini", "--", "docker-entrypoint.sh"]
CMD ["eval", "console.log('Welcome to Deno!')"]
DOCKERFILE
  say deno
fi
