#!/usr/bin/env bash
# What tests need of the system: a browser, bubblewrap for a box around them, a container engine for the levels docker
# and docker+runsc, PostgreSQL, Java and Maven for Kafka, a C compiler. Installed where something is missing, as root on
# Debian; no service is started. `system.sh images` and `system.sh kubernetes`: what those tests need, too;
# `system.sh class`: what `make class` needs, and nothing else.
set -euo pipefail

need=()
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need+=(postgresql)
if [ "${1:-}" != class ]; then
  command -v chromium-headless-shell >/dev/null || need+=(chromium-headless-shell fonts-dejavu-core)
  command -v bwrap >/dev/null || need+=(bubblewrap)
  command -v dockerd >/dev/null || need+=(docker.io)
  command -v iptables >/dev/null || [ -x /usr/sbin/iptables ] || need+=(iptables)
  command -v java >/dev/null || need+=(default-jre-headless)
  command -v mvn >/dev/null || need+=(maven)
  command -v cc >/dev/null || need+=(gcc libc6-dev)
fi
if [[ "${1:-}" = @(images|kubernetes) ]]; then
  command -v mmdebstrap >/dev/null || need+=(mmdebstrap)
fi
if [ "${1:-}" = kubernetes ]; then  # what a node of a cluster has beside Kubernetes' own programs
  command -v etcd >/dev/null || need+=(etcd-server)
  command -v containerd >/dev/null || need+=(containerd runc)
  command -v conntrack >/dev/null || need+=(conntrack)
  [ -x /usr/lib/cni/bridge ] || need+=(containernetworking-plugins)
fi
[ ${#need[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not root on Debian: what needs one of these is left out: ${need[*]}"
  exit 0
fi

echo "Installing ${need[*]} …"
made=()  # files that say for the time of the installation what packages are to leave undone
trap 'rm -f "${made[@]}"' EXIT
POLICY=/usr/sbin/policy-rc.d  # asked by packages before they start what they bring
if [ ! -e "$POLICY" ]; then
  made+=("$POLICY")
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod +x "$POLICY"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
if [[ " ${need[*]} " == *" postgresql "* ]]; then  # tests make a cluster of their own: none is made with the package
  apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
  NO_CLUSTER=/etc/postgresql-common/createcluster.d/codegym.conf
  mkdir -p "${NO_CLUSTER%/*}"
  made+=("$NO_CLUSTER")
  echo 'create_main_cluster = false' >"$NO_CLUSTER"
fi
apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
