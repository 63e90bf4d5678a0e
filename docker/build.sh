#!/usr/bin/env bash
# The images from this clone: codegym/{service,sandbox,singleuser}:TAG, and what is in each, dist/sbom-*.json (CycloneDX).
# Usage: docker/build.sh [TAG] [docker build's own options]
# IMAGES: others than these three, of `hub` and `others` too, which compose.yaml starts. WHEEL: one that is there already.
# Without an image registry docker/base.sh makes what BASE, DEBIAN, TRAEFIK and KAFKA then name; without an index of
# packages PIP_NO_INDEX=1 and what docker/constraints.txt names in docker/wheels.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)}
shift || true
if [ -z "${WHEEL:-}" ]; then
  [ -n "$(ls dist/codegym_jlab-*.whl 2>/dev/null)" ] || make wheel
  WHEEL=$(ls dist/codegym_jlab-*.whl)
fi
mkdir -p dist docker/wheels
rm -f docker/wheels/codegym_jlab-*.whl
cp "$WHEEL" docker/wheels/
for name in ${IMAGES:-service sandbox singleuser}; do
  if [ "$name" = others ]; then
    ${DOCKER:-docker} build -q -f docker/others.Dockerfile -t "codegym/others:$tag" ${DEBIAN:+--build-arg DEBIAN="$DEBIAN"} \
      ${TRAEFIK:+--build-arg TRAEFIK="$TRAEFIK"} ${KAFKA:+--build-arg KAFKA="$KAFKA"} "$@" docker/compose
    continue
  fi
  ${DOCKER:-docker} build -q -f docker/Dockerfile --target "$name" -t "codegym/$name:$tag" --build-arg PIP_NO_INDEX \
    ${BASE:+--build-arg BASE="$BASE"} "$@" .
  ${DOCKER:-docker} run --rm --network none --entrypoint cat "codegym/$name:$tag" /srv/codegym/sbom.json >"dist/sbom-$name.json"
done
