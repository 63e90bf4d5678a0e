# What stands beside our own images in compose.yaml, in one image: Traefik, Kafka, PostgreSQL, Prometheus.
#   docker/build.sh
ARG DEBIAN=debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
ARG TRAEFIK=traefik:v3.6.12@sha256:171c9c3565b29f6c133f1c1b43c5d4e5853415198e9e1078c001f8702ff66aec
ARG KAFKA=apache/kafka:4.2.0@sha256:9516fb7634bad307d17c33b589fde9023003b0cb761374f500002b980a3149b9
FROM ${TRAEFIK} AS traefik
FROM ${KAFKA} AS kafka

FROM ${DEBIAN}
RUN dpkg -s openjdk-17-jre-headless postgresql-15 prometheus >/dev/null 2>&1 \
 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless postgresql-15 prometheus \
 && rm -rf /var/lib/apt/lists/*; }
RUN install -d -o postgres /srv/postgresql && install -d -o 65532 /srv/kafka /srv/prometheus && install -d -o 1000 /srv/routes
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
COPY --from=traefik /usr/local/bin/traefik /usr/local/bin/traefik
COPY --from=kafka /opt/kafka/libs /opt/kafka/libs
USER 65532:65532
