#!/usr/bin/env bash
# The secrets that compose.yaml names, as files of one folder; what is there stays.
# Usage: docker/compose/make-secrets.sh FOLDER ACCOUNT…   each account gets a password, in FOLDER/people
set -euo pipefail
folder=${1:?a folder}
shift
mkdir -p -m 700 "$folder" # containers get single files of it, which their users must be able to read
cd "$folder"
umask 022
for name in service-token cookie-secret traefik-password hub-database codegym-database sandbox-key metrics-token; do
  [ -s "$name" ] || openssl rand -hex 32 >"$name"
done
touch people
for account in "$@"; do
  grep -q "^$account " people || echo "$account $(openssl rand -hex 8)" >>people
done
host=${CODEGYM_HOST:-localhost}
# Of its own making, for trying: a browser warns. Put your certificate and its key here instead.
[ -s tls.key ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
  -subj "/CN=$host" -addext "subjectAltName=DNS:$host" -keyout tls.key -out tls.crt 2>/dev/null
chmod 444 ./*
