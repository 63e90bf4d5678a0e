#!/usr/bin/env bash
# install.sh FOLDER PACKAGE…: into a virtual environment, which is made if it is not there, by uv in a tenth of pip's time.
# Where uv cannot reach a package (it knows nothing of pip's own settings of an index), pip does it, and says what is wrong.
set -euo pipefail

folder=$1
shift
export PIP_DISABLE_PIP_VERSION_CHECK=1
[ -x "$folder/bin/pip" ] || "${PYTHON:-python3}" -m venv "$folder"
{ [ -x "$folder/bin/uv" ] || "$folder/bin/pip" install -q uv; } &&
  "$folder/bin/uv" pip install -q --python "$folder/bin/python" "$@" 2>/dev/null || "$folder/bin/pip" install -q "$@"
