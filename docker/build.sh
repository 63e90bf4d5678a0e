#!/usr/bin/env bash
# The three images from this clone: codegym/{service,sandbox,singleuser}:TAG. Usage: docker/build.sh [TAG] [docker build's own options]
# Without an image registry, BASE=local/base docker/base.sh makes a base of Debian's packages first.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)}
shift || true
[ -n "$(ls dist/codegym_jlab-*.whl 2>/dev/null)" ] || make wheel
mkdir -p docker/wheels
rm -f docker/wheels/codegym_jlab-*.whl
cp dist/codegym_jlab-*.whl docker/wheels/
for name in service sandbox singleuser; do
  ${DOCKER:-docker} build -q -f docker/Dockerfile --target "$name" -t "codegym/$name:$tag" ${BASE:+--build-arg BASE="$BASE"} "$@" .
done
