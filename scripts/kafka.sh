#!/usr/bin/env bash
# A real Kafka of one node on 127.0.0.1, made of the jars that Apache releases on Maven Central; needs Java 17 or newer.
#   kafka.sh fetch              the jars, once, into the user's cache (needs Maven; 43 MB)
#   kafka.sh run [DIR] [PORT]   a broker in the foreground that keeps its data in DIR; PORT and PORT+1 are its own.
#                               Default: ./kafka-data and 9092. Topics are not made by themselves.
# KAFKA_LIB: where the jars are instead. KAFKA_HOST: a name by which others reach it, who then may come from anywhere.
set -euo pipefail

VERSION=4.2.0
LIB=${KAFKA_LIB:-"${XDG_CACHE_HOME:-$HOME/.cache}/codegym/kafka-$VERSION"}

fetch() (  # a shell of its own, so that its trap holds however it ends
  [ ! -d "$LIB" ] || return 0
  command -v mvn >/dev/null || { echo "kafka: it needs Maven and Java 17 (apt install maven)" >&2; return 1; }
  mkdir -p "${LIB%/*}"
  work=$(mktemp -d "${LIB%/*}/.kafka.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
POM
  (cd "$work" && mvn -q -B -ntp dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=lib)
  mv -T "$work/lib" "$LIB" || [ -d "$LIB" ]  # at once: who looks meanwhile finds all of it or nothing
)

# Sessions are short, so that a broker that was killed is back in seconds and not in a quarter of a minute.
properties() {
  local here=127.0.0.1
  [ -z "${KAFKA_HOST:-}" ] || here=0.0.0.0
  cat <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$(($2 + 1))
listeners=PLAINTEXT://$here:$2,CONTROLLER://127.0.0.1:$(($2 + 1))
advertised.listeners=PLAINTEXT://${KAFKA_HOST:-127.0.0.1}:$2
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$1/data
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
CONF
}

run() {
  [ -d "$LIB" ] || { echo "kafka: the jars are not there; make parts" >&2; return 1; }
  mkdir -p "$1"
  local folder
  folder=$(cd "$1" && pwd)
  properties "$folder" "$2" >"$folder/server.properties"
  if [ ! -f "$folder/data/meta.properties" ]; then
    local id  # 22 letters and digits: of the usual base64 for URLs one in 64 begins with a dash, like an option
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=')
    java -Xmx128m -XX:TieredStopAtLevel=1 -cp "$LIB/*" kafka.tools.StorageTool format \
      -t "$id" -c "$folder/server.properties" >"$folder/format.log" 2>&1 || { cat "$folder/format.log" >&2; return 1; }
  fi
  exec java -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$LIB/*" kafka.Kafka "$folder/server.properties"
}

case "${1:-}" in
  fetch) fetch ;;
  run) run "${2:-kafka-data}" "${3:-9092}" ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac
