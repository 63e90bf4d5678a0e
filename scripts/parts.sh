#!/usr/bin/env bash
# Parts that must be compiled or fetched, once each, kept outside the clone as <part>-<version>: tests and users find
# them there. Usage: parts.sh [PART…]; without a name, those of `make test-all`. Most need Go, Kafka needs Maven;
# where that is missing, this says so and ends well, since whatever needs a part says itself that it is not there.
set -euo pipefail

INSTALL=$(dirname "$0")/install.sh
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/codegym"
RUNSC=v0.0.0-20260905035102-160fafc42237
DAPRD=v1.16.0
MLFLOW=3.17.2
OLLAMA=v0.11.4  # newer ones need headers that module zips leave out
PROXY=5.3.0
HELM=v3.22.0
KEDA=v2.21.0
PROMETHEUS_OPERATOR=v0.85.0
MANIFESTS=1.37.0-7.1.0  # kubernetes-validate and KubeSpawner
NBGRADER=0.9.6
OTTER=7.0.0
REPO2DOCKER=2026.4.0
COMPOSE=v2.40.3
COMPOSE_SPEC=v2.9.1
TRAEFIK=v3.6.12  # 3.7 replaces a module by one that is not published
KUBERNETES=v1.35.4  # 1.36 wants a newer containerd than Debian 12 has
COREDNS=v1.14.4     # the last on the same libraries

# Go's compiler gathers its garbage less often: a sixth less work.
export GOGC=400
# Of what only tests run: quickly compiled rather than well, a quarter less work. runsc needs what this leaves out.
QUICKLY='all=-N -l'

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
  CGO_ENABLED=0 GOFLAGS='-p=1 -buildvcs=false' go build -trimpath -gcflags "$QUICKLY" -tags stablecomponents \
    -ldflags "-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${DAPRD#v}" -o "$BIN/daprd" ./cmd/daprd
}

# go_install MODULE@VERSION: one compiler at a time, since a second core may not have the memory for it.
go_install() {
  GOBIN="$BIN" GOFLAGS='-p=1 -buildvcs=false' go install -trimpath -ldflags='-s -w' "$1"
}

# A tracking server of MLflow that takes traces and answers for them, in an environment of its own (350 MB, half a
# minute): `mlflow` itself brings pyarrow, scipy and scikit-learn, too. It is used as `bin/python -m mlflow`, so it can be moved.
build_mlflow() {
  "$INSTALL" "$BIN/mlflow" "mlflow-skinny==$MLFLOW" 'flask<4' flask-cors alembic 'sqlalchemy<3' 'graphene<4' aiohttp pandas
}

# The real server of models, for tests that load a tiny one. Its C++ is compiled on all cores, quickly rather than well.
build_ollama() {
  CGO_CFLAGS=-O1 CGO_CXXFLAGS=-O1 GOBIN="$BIN" GOFLAGS=-buildvcs=false \
    go install -trimpath -ldflags='-s -w' "github.com/ollama/ollama@$OLLAMA"
}

# The graders that courses come from, each in an environment of its own: `codegym convert … --prove` asks it.
build_nbgrader() {
  "$INSTALL" "$BIN/nbgrader" "nbgrader==$NBGRADER"
  grep -lI "^#!$BIN" "$BIN"/nbgrader/bin/* | xargs sed -i "1s|$BIN/nbgrader|$CACHE/nbgrader-$NBGRADER|"  # it runs Alembic
}

build_otter-grader() {
  "$INSTALL" "$BIN/otter-grader" "otter-grader==$OTTER" ipykernel
}

# Binder's program, which says what an image of this repository would be built by: `bin/python -m repo2docker`.
build_repo2docker() {
  "$INSTALL" "$BIN/repo2docker" "jupyter-repo2docker==$REPO2DOCKER"
}

# JupyterHub's proxy.
build_configurable-http-proxy() {
  "$(dirname "$0")/../labextension/npm" install --silent --no-fund --prefix "$BIN/configurable-http-proxy" \
    "configurable-http-proxy@$PROXY"
}

# helm, and the kinds of KEDA and Prometheus.
build_helm() {
  mkdir "$BIN/helm"
  GOBIN="$BIN/helm" GOFLAGS='-p=1 -buildvcs=false' \
    go install -trimpath -gcflags "$QUICKLY" -ldflags='-s -w' "helm.sh/helm/v3/cmd/helm@$HELM"
  local modules keda=github.com/kedacore/keda/v2@$KEDA
  local operator=github.com/prometheus-operator/prometheus-operator@$PROMETHEUS_OPERATOR
  modules=$(go env GOMODCACHE)
  go mod download "$keda" "$operator"
  cp "$modules/$keda/config/crd/bases/keda.sh_scaledobjects.yaml" \
    "$modules/$operator"/example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,podmonitors}.yaml \
    "$BIN/helm/"
}

# What Kubernetes' manifests are held against, each version's schemas, and the spawner that writes a student's pod.
build_manifests() {
  "$INSTALL" "$BIN/manifests" "kubernetes-validate==${MANIFESTS%-*}" "jupyterhub-kubespawner==${MANIFESTS#*-}"
}

# Docker's compose, built in a copy of its module, whose exclusions `go install` refuses.
build_docker-compose() {
  local module="github.com/docker/compose/v2@$COMPOSE"
  go mod download "$module"
  cp -r "$(go env GOMODCACHE)/$module" "$BIN/src"
  chmod -R u+w "$BIN/src"
  cd "$BIN/src"
  CGO_ENABLED=0 GOFLAGS='-p=1 -buildvcs=false' go build -trimpath \
    -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$COMPOSE" -o "$BIN/docker-compose" ./cmd
}

# What a compose file may say, as a JSON Schema.
build_compose-spec() {
  mkdir "$BIN/compose-spec"
  go mod download "github.com/compose-spec/compose-go/v2@$COMPOSE_SPEC"
  cp "$(go env GOMODCACHE)/github.com/compose-spec/compose-go/v2@$COMPOSE_SPEC/schema/compose-spec.json" "$BIN/compose-spec/"
}

# Traefik, by a module of our own that repeats its replacements, which `go install` refuses. It leaves out what proves
# a domain by DNS, the software of 180 providers: half the work.
build_traefik() {
  local mod lego
  export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -mod=mod'
  mkdir "$BIN/main"
  cd "$BIN/main"
  mod=$(go list -m -f '{{.GoMod}}' "github.com/traefik/traefik/v3@$TRAEFIK")
  lego=github.com/go-acme/lego/v4@$(sed -nE 's#^[[:space:]]*github.com/go-acme/lego/v4 (v[^ ]+).*#\1#p' "$mod")
  go mod download "$lego"
  cp -r "$(go env GOMODCACHE)/$lego" lego
  chmod -R u+w lego
  rm lego/providers/dns/*.go
  cat >lego/providers/dns/none.go <<'GO'
package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName knows none: this build has no DNS challenge.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("built without DNS providers: %s", name)
}
GO
  {
    echo "module codegym.local/traefik"
    grep -E '^go ' "$mod"
    echo "require github.com/traefik/traefik/v3 $TRAEFIK"
    sed -n '/^replace (/,/^)/p' "$mod"
    echo "replace github.com/go-acme/lego/v4 => ./lego"
  } >go.mod
  go build -trimpath -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=${TRAEFIK#v}" \
    -o "$BIN/traefik" github.com/traefik/traefik/v3/cmd/traefik
}

# A whole Kubernetes, for `make test-kubernetes` alone: its own programs, its names (CoreDNS) and what keeps a pod's place.
build_kubernetes() {
  local out="$BIN/kubernetes" staging=v0.${KUBERNETES#v1.} version="-s -w" package mod
  mkdir "$out" "$BIN/main" "$BIN/dns" "$BIN/pause"
  export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -mod=mod'
  # its go.mod replaces modules by folders that its zip leaves out; the same are published by themselves
  cd "$BIN/main"
  mod=$(go list -m -f '{{.GoMod}}' "k8s.io/kubernetes@$KUBERNETES")
  {
    echo "module codegym.local/kubernetes"
    grep -E '^(go|godebug) ' "$mod"
    echo "require k8s.io/kubernetes $KUBERNETES"
    sed -nE "s#^[[:space:]]*(k8s.io/[a-z-]+) => \./staging/.*#replace \1 => \1 $staging#p" "$mod"
  } >go.mod
  # without its version, a server calls itself v0.0.0
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    version+=" -X $package.gitVersion=$KUBERNETES -X $package.gitMajor=1 -X $package.gitMinor=${staging:3:2}"
    version+=" -X $package.gitTreeState=clean -X $package.gitCommit=$(printf '0%.0s' {1..40})"
    version+=" -X $package.buildDate=2026-01-01T00:00:00Z"
  done
  for package in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    go build -trimpath -ldflags "$version" -o "$out/$package" "k8s.io/kubernetes/cmd/$package"
  done
  cd "$BIN/dns"
  go mod init codegym.local/coredns
  cat >main.go <<'GO'
package main

import (
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() { coremain.Run() }
GO
  go get "github.com/coredns/coredns@$COREDNS"
  go build -trimpath -ldflags='-s -w' -o "$out/coredns" .
  cd "$BIN/pause"
  go mod init codegym.local/pause
  cat >main.go <<'GO'
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}
GO
  go build -trimpath -ldflags='-s -w' -o "$out/pause" .
}

# What images are made of where there is no image registry: Debian's packages and Python's.
build_packages() {
  mkdir "$BIN/packages"
  docker/base.sh tree base >"$BIN/packages/base.tar"
  docker/base.sh tree others >"$BIN/packages/others.tar"
  "${PYTHON:-python3}" -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: \
    --python-version 3.11 -r docker/constraints.txt -d "$BIN/packages/wheels"
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
  "$0" kafka mlflow proxy nbgrader otter-grader repo2docker manifests >"$fetched" 2>&1 &
  pid=$!
  "$0" ollama runsc daprd helm compose-spec
  status=0
  wait "$pid" || status=$?
  cat "$fetched"
  exit "$status"
fi
for name in "$@"; do
  case "$name" in
    kafka) "$(dirname "$0")/kafka.sh" fetch && echo "kafka: fetched" || echo "kafka: not there" ;;
    mlflow) made mlflow "$MLFLOW" 1 ;;
    manifests) made manifests "$MANIFESTS" 1 ;;
    packages)
      if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap >/dev/null; then
        echo "packages: not there: they need root on Debian, with mmdebstrap"
      else
        (
          cd "$(dirname "$0")/.."
          wanted=$(cat docker/constraints.txt docker/base.sh | sha256sum | head -c 12)
          made packages "$wanted" 3
          find "$CACHE" -maxdepth 1 -name 'packages-*' ! -name "packages-$wanted" -exec rm -rf {} +
        )
      fi
      ;;
    nbgrader) made nbgrader "$NBGRADER" 1 ;;
    otter-grader) made otter-grader "$OTTER" 1 ;;
    repo2docker) made repo2docker "$REPO2DOCKER" 1 ;;
    proxy) made configurable-http-proxy "$PROXY" 1 ;;
    ollama) part ollama "$OLLAMA" 4 ;;
    runsc) part runsc "$RUNSC" 3 ;;
    daprd) part daprd "$DAPRD" 6 ;;
    helm) part helm "$HELM-$PROMETHEUS_OPERATOR" 3 ;;
    docker-compose) part docker-compose "$COMPOSE" 3 ;;
    compose-spec) part compose-spec "$COMPOSE_SPEC" 1 ;;
    traefik) part traefik "$TRAEFIK" 7 ;;
    kubernetes) part kubernetes "$KUBERNETES" 10 ;;
    *) echo "there is no part $name" >&2; exit 2 ;;
  esac
done
