#!/usr/bin/env bash
# A base image of Debian's packages, where no image registry can be reached: local/base. Root, with mmdebstrap; DOCKER: the client.
#   docker/base.sh && BASE=local/base docker/build.sh
set -euo pipefail
mmdebstrap -q --variant=minbase --include=python3,python3-venv,ca-certificates \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' bookworm - |
  ${DOCKER:-docker} import - local/base >/dev/null
