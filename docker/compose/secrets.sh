# What the service reads of the environment that is secret; `docker compose exec service sh /srv/config/secrets.sh
# codegym …` runs a command so.
secret() { cat "/run/secrets/$1"; }
CODEGYM_DATABASE="postgresql://codegym:$(secret codegym-database)@postgresql/codegym"
JUPYTERHUB_API_TOKEN=$(secret service-token)
CODEGYM_METRICS_TOKEN=$(secret metrics-token)
export CODEGYM_DATABASE JUPYTERHUB_API_TOKEN CODEGYM_METRICS_TOKEN
exec "$@"
