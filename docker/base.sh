#!/usr/bin/env bash
# What docker/build.sh takes from an image registry, made of Debian's packages where none can be reached.
#   docker/base.sh           local/base
#   docker/base.sh others    local/debian, and of what `make parts` brings local/traefik and local/kafka
#   docker/base.sh tree base|others    the files alone, a tar on standard output
# Root, with mmdebstrap, where `make parts` has not fetched the packages; DOCKER: the client.
set -euo pipefail
docker=${DOCKER:-docker}
cache="${XDG_CACHE_HOME:-$HOME/.cache}/codegym"

tree() {
  local packages=python3,python3-venv,ca-certificates
  [ "$1" = base ] || packages=openjdk-17-jre-headless,postgresql-15,prometheus
  mmdebstrap -q --variant=minbase --include="$packages" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/javascript/*' bookworm -
}

# debian TREE IMAGE
debian() {
  local kept
  kept=$(find "$cache" -path "*/packages-*/$1.tar" 2>/dev/null | tail -n 1)
  if [ -n "$kept" ]; then cat "$kept"; else tree "$1"; fi | $docker import - "$2"
}

# part NAME PLACE: the newest of that name among the parts, laid there
part() {
  local found
  found=$(ls -d "$cache/$1"-* | tail -n 1)
  tar -c -C "$cache" --transform "s|^${found##*/}|$2|" "${found##*/}" | $docker import - "local/$1"
}

case "${1:-base}" in
  tree) tree "$2" ;;
  base) debian base local/base >/dev/null ;;
  others)
    debian others local/debian >/dev/null
    part traefik usr/local/bin/traefik >/dev/null
    part kafka opt/kafka/libs >/dev/null
    ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac
