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
# what is in the image `others`, a line each
others='. /etc/os-release
form="\${db:Status-Status} deb/$ID \${Package} \${Version} ?arch=\${Architecture}&distro=$ID-$VERSION_ID\n"
dpkg-query -W -f "$form" | sed -n "s|^installed ||p"
ls /opt/kafka/libs | sed -n "s|^\(.*\)-\([0-9].*\)\.jar$|generic \1 \2|p"
traefik version | sed -n "s|^Version: *|generic traefik |p"'
mkdir -p dist docker/wheels
rm -f docker/wheels/codegym_jlab-*.whl
cp "$WHEEL" docker/wheels/
for name in ${IMAGES:-service sandbox singleuser}; do
  if [ "$name" = others ]; then
    ${DOCKER:-docker} build -q -f docker/others.Dockerfile -t "codegym/others:$tag" ${DEBIAN:+--build-arg DEBIAN="$DEBIAN"} \
      ${TRAEFIK:+--build-arg TRAEFIK="$TRAEFIK"} ${KAFKA:+--build-arg KAFKA="$KAFKA"} "$@" docker/compose
    rm -f dist/sbom-others.json  # there is no Python in it
    ${DOCKER:-docker} run --rm --network none --entrypoint sh "codegym/others:$tag" -euc "$others" \
      | python3 docker/sbom.py dist/sbom-others.json
    continue
  fi
  ${DOCKER:-docker} build -q -f docker/Dockerfile --target "$name" -t "codegym/$name:$tag" --build-arg PIP_NO_INDEX \
    ${BASE:+--build-arg BASE="$BASE"} "$@" .
  ${DOCKER:-docker} run --rm --network none --entrypoint cat "codegym/$name:$tag" /srv/codegym/sbom.json >"dist/sbom-$name.json"
done
