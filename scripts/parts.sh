#!/usr/bin/env bash
# Parts that must be compiled or fetched, once each, kept outside the clone as <part>-<version>: tests and users find
# them there. Usage: parts.sh [PART…]; without a name, all of them. Most need Go, Kafka needs Maven; where that is
# missing, this says so and ends well, since whatever needs a part says itself that it is not there.
set -euo pipefail

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/codegym"
RUNSC=v0.0.0-20260905035102-160fafc42237
DAPRD=v1.16.0
MLFLOW=3.17.2
OLLAMA=v0.11.4  # newer ones need headers that module zips leave out
TRANSFORMERS=5.23.0
PROXY=5.3.0
HELM=v3.22.0
KEDA=v2.21.0
PROMETHEUS_OPERATOR=v0.85.0
MANIFESTS=1.37.0  # kubernetes-validate
NBGRADER=0.9.6

# gVisor's runtime for the sandbox level docker+runsc. With cgo it builds and then does not start.
build_runsc() {
  CGO_ENABLED=0 go_install gvisor.dev/gvisor/runsc@$RUNSC
}

# Dapr's sidecar with two of its hundred components, pubsub.in-memory and pubsub.kafka: half the size, and far less to
# fetch and build. It is built in a copy of its module, which brings its own go.sum: `go install` refuses its replacements.
build_daprd() {
  go mod download "github.com/dapr/dapr@$DAPRD"
  cp -r "$(go env GOMODCACHE)/github.com/dapr/dapr@$DAPRD" "$BIN/src"
  chmod -R u+w "$BIN/src"
  cd "$BIN/src"
  find cmd/daprd/components -name '*.go' ! -name 'pubsub_kafka.go' ! -name 'pubsub_in-memory.go' -delete
  CGO_ENABLED=0 GOFLAGS='-p=1 -buildvcs=false' go build -trimpath -tags stablecomponents \
    -ldflags "-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${DAPRD#v}" -o "$BIN/daprd" ./cmd/daprd
}

# go_install MODULE@VERSION: one compiler at a time, since a second core may not have the memory for it.
go_install() {
  GOBIN="$BIN" GOFLAGS='-p=1 -buildvcs=false' go install -trimpath -ldflags='-s -w' "$1"
}

# A tracking server of MLflow that takes traces and answers for them, in an environment of its own (350 MB, half a
# minute): `mlflow` itself brings pyarrow, scipy and scikit-learn, too. It is used as `bin/python -m mlflow`, so it can be moved.
build_mlflow() {
  "${PYTHON:-python3}" -m venv "$BIN/mlflow"
  "$BIN/mlflow/bin/python" -m pip install -q --disable-pip-version-check "mlflow-skinny==$MLFLOW" 'flask<4' flask-cors \
    alembic 'sqlalchemy<3' 'graphene<4' aiohttp pandas
}

# The real server of models, for tests that load a tiny one. Its C++ is compiled on all cores, quickly rather than well.
build_ollama() {
  CGO_CFLAGS=-O1 CGO_CXXFLAGS=-O1 GOBIN="$BIN" GOFLAGS=-buildvcs=false \
    go install -trimpath -ldflags='-s -w' "github.com/ollama/ollama@$OLLAMA"
}

# Hugging Face's library with PyTorch, in an environment of its own: 5 GB with what it brings for GPUs, which a machine
# that is short of disk does without (NO_TRANSFORMERS=1). uv fetches it in half a minute, pip in three.
build_transformers() {
  "${PYTHON:-python3}" -m venv "$BIN/transformers"
  "$BIN/transformers/bin/python" -m pip install -q --disable-pip-version-check uv
  "$BIN/transformers/bin/uv" pip install -q --no-cache --python "$BIN/transformers/bin/python" \
    torch "transformers==$TRANSFORMERS"
}

# The grader that courses come from, in an environment of its own: `codegym convert nbgrader … --prove` asks it.
build_nbgrader() {
  "${PYTHON:-python3}" -m venv "$BIN/nbgrader"
  "$BIN/nbgrader/bin/python" -m pip install -q --disable-pip-version-check "nbgrader==$NBGRADER"
  grep -lI "^#!$BIN" "$BIN"/nbgrader/bin/* | xargs sed -i "1s|$BIN/nbgrader|$CACHE/nbgrader-$NBGRADER|"  # it runs Alembic
}

# JupyterHub's proxy.
build_configurable-http-proxy() {
  "$(dirname "$0")/../labextension/npm" install --silent --no-fund --prefix "$BIN/configurable-http-proxy" \
    "configurable-http-proxy@$PROXY"
}

# helm, and what Kubernetes' manifests are held against: each version's schemas, and the kinds of KEDA and Prometheus.
build_helm() {
  mkdir "$BIN/helm"
  GOBIN="$BIN/helm" GOFLAGS='-p=1 -buildvcs=false' go install -trimpath -ldflags='-s -w' "helm.sh/helm/v3/cmd/helm@$HELM"
  local modules keda=github.com/kedacore/keda/v2@$KEDA
  local operator=github.com/prometheus-operator/prometheus-operator@$PROMETHEUS_OPERATOR
  modules=$(go env GOMODCACHE)
  go mod download "$keda" "$operator"
  cp "$modules/$keda/config/crd/bases/keda.sh_scaledobjects.yaml" \
    "$modules/$operator/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" "$BIN/helm/"
  "${PYTHON:-python3}" -m venv "$BIN/helm/venv"
  "$BIN/helm/venv/bin/python" -m pip install -q --disable-pip-version-check "kubernetes-validate==$MANIFESTS"
}

# A dot every few seconds: it takes minutes.
with_progress() {
  "$@" >"$BIN/log" 2>&1 &
  local pid=$!
  while kill -0 "$pid" 2>/dev/null; do printf .; sleep 3; done
  echo
  wait "$pid" || { cat "$BIN/log" >&2; return 1; }
}

# part NAME VERSION MINUTES, with Go
part() {
  if [ ! -x "$CACHE/$1-$2" ] && ! command -v go >/dev/null; then
    echo "$1: not built: it needs Go (https://go.dev/dl), which is not installed"
    return
  fi
  made "$@"
}

# made NAME VERSION MINUTES
made() {
  local target="$CACHE/$1-$2"
  if [ -x "$target" ]; then echo "$1: $target"; return; fi
  printf '%s: building %s, about %s minutes, once ' "$1" "$2" "$3"
  mkdir -p "$CACHE"
  BIN=$(mktemp -d "$CACHE/.$1.XXXXXX")
  trap 'rm -rf "$BIN"' RETURN EXIT
  with_progress "build_$1"
  mv "$BIN/$1" "$target"  # at once: who looks meanwhile finds all of it or nothing
  echo "$1: $target"
}

# Without a name: what is only fetched, while the compilers work.
if [ $# = 0 ]; then
  fetched=$(mktemp)
  trap 'rm -f "$fetched"' EXIT
  "$0" kafka mlflow transformers proxy nbgrader >"$fetched" 2>&1 &
  pid=$!
  "$0" ollama runsc daprd helm
  status=0
  wait "$pid" || status=$?
  cat "$fetched"
  exit "$status"
fi
for name in "$@"; do
  case "$name" in
    kafka) "$(dirname "$0")/kafka.sh" fetch && echo "kafka: fetched" || echo "kafka: not there" ;;
    mlflow) made mlflow "$MLFLOW" 1 ;;
    transformers) [ "${NO_TRANSFORMERS:-}" = 1 ] || made transformers "$TRANSFORMERS" 1 ;;
    nbgrader) made nbgrader "$NBGRADER" 1 ;;
    proxy) made configurable-http-proxy "$PROXY" 1 ;;
    ollama) part ollama "$OLLAMA" 4 ;;
    runsc) part runsc "$RUNSC" 3 ;;
    daprd) part daprd "$DAPRD" 6 ;;
    helm) part helm "$HELM" 3 ;;
    *) echo "there is no part $name" >&2; exit 2 ;;
  esac
done
