#!/usr/bin/env bash
# install.sh FOLDER PACKAGE…: into a virtual environment, which is made if it is not there, by uv in a tenth of the time
# that pip takes. Where uv is not to be had, or cannot reach a package, pip does it, and says what is wrong.
set -euo pipefail

folder=$1
shift
export PIP_DISABLE_PIP_VERSION_CHECK=1
uv=$(command -v uv || true)
if [ ! -x "$folder/bin/pip" ]; then
  if [ -n "$uv" ]; then
    "$uv" venv -q --seed --allow-existing --python "$(command -v "${PYTHON:-python3}")" "$folder"
  else
    "${PYTHON:-python3}" -m venv "$folder"
  fi
fi
if [ -z "$uv" ]; then
  uv="$folder/bin/uv"
  [ -x "$uv" ] || "$folder/bin/pip" install -q --retries 1 uv 2>/dev/null || true
fi
# uv reads no settings of pip's
index=${PIP_INDEX_URL:-$("$folder/bin/pip" config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
"$uv" pip install -q --python "$folder/bin/python" "$@" 2>/dev/null || "$folder/bin/pip" install -q "$@"
