#!/usr/bin/env bash
# A place of its own for a cluster and its tests: network, mounts and processes, which end with it, however it ends.
# Usage: run.sh COMMAND …, which finds a folder for the cluster in CODEGYM_CLUSTER; it is empty where we are not root.
set -euo pipefail
[ "$(id -u)" = 0 ] || exec env CODEGYM_CLUSTER= "$@"

# remove FOLDER, with the groups of its processes
remove() {
  local groups
  for groups in /sys/fs/cgroup "/sys/fs/cgroup/"*; do
    [ ! -d "$groups/${1##*/}" ] || find "$groups/${1##*/}" -depth -type d -exec rmdir {} + || true
  done
  rm -rf "$1"
}

for old in /tmp/codegym-cluster-*/lock; do  # of one that was killed itself: nobody holds it any more
  [ ! -e "$old" ] || ! flock -n "$old" true || remove "${old%/lock}"
done
folder=$(mktemp -d /tmp/codegym-cluster-XXXXXX)
trap 'remove "$folder"' EXIT
exec 9>"$folder/lock"
flock 9
CODEGYM_CLUSTER=$folder setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc "$@"
