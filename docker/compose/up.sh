#!/usr/bin/env bash
# A class by compose.yaml: images, secrets, containers. Usage: docker/compose/up.sh [ACCOUNT…]
# What stands in .env stays (docs/how-to/compose.md). DOCKER and COMPOSE name other clients than `docker`.
set -euo pipefail
cd "$(dirname "$0")/../.."
export COMPOSE_ENV_FILES=${COMPOSE_ENV_FILES:-.env}
if [ ! -e "$COMPOSE_ENV_FILES" ]; then
  socket=$(${DOCKER:-docker} context inspect -f '{{.Endpoints.docker.Host}}')
  socket=${socket#unix://}
  cat >"$COMPOSE_ENV_FILES" <<ENV
CODEGYM_HOST=${CODEGYM_HOST:-localhost}
CODEGYM_SECRETS=${CODEGYM_SECRETS:-./docker/compose/secrets}
CODEGYM_DOCKER_SOCKET=$socket
CODEGYM_DOCKER_GROUP=$(stat -Lc %g "$socket")
CODEGYM_TAG=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
ENV
fi
set -a
. "$(realpath "$COMPOSE_ENV_FILES")"
set +a
IMAGES="service sandbox singleuser hub others" docker/build.sh "$CODEGYM_TAG"
docker/compose/make-secrets.sh "$CODEGYM_SECRETS" ada prof ana ben "$@"
${COMPOSE:-${DOCKER:-docker} compose} up -d --wait
echo "https://$CODEGYM_HOST:${CODEGYM_HTTPS_PORT:-443}/ is up; accounts and passwords: $CODEGYM_SECRETS/people"
