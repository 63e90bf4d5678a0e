# PostgreSQL with a database each for the Hub and for the class, made at the first start.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
data=/srv/postgresql/data
if [ ! -d "$data" ]; then
  new=$(mktemp -d /srv/postgresql/new.XXXXXX)
  initdb -D "$new" --encoding UTF8 --locale C.UTF-8 --auth-local peer --auth-host scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >>"$new/pg_hba.conf"
  for name in hub codegym; do
    printf "CREATE ROLE %s LOGIN PASSWORD '%s'\nCREATE DATABASE %s OWNER %s\n" \
      "$name" "$(cat "/run/secrets/$name-database")" "$name" "$name"
  done | postgres --single -D "$new" postgres >/dev/null
  mv "$new" "$data"
fi
exec postgres -D "$data" -c listen_addresses='*' -c max_connections=200
