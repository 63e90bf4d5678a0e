# Two commands: `make lab` opens JupyterLab on the sample courses, `make test` passes the tests.
# Both set up what they need: a virtual environment in .venv, the frontend built; nothing is asked.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Compiled modules are kept: the tests start Python some hundred times.
unexport PYTHONDONTWRITEBYTECODE
# uv leaves to each program's first start what pip compiles, and a student's processes may write nothing.
INSTALL := UV_COMPILE_BYTECODE=1 PYTHON="$(PYTHON)" ./scripts/install.sh $(VENV)

FRONTEND := $(wildcard labextension/src/*.ts* labextension/src/*/*.ts* labextension/src/*/*/*.ts* labextension/src/*/*.json labextension/style/* labextension/schema/* labextension/package.json labextension/vite.config.mts)
BUILT := codegym_jlab/labextension/package.json

.PHONY: help lab demo class compose test test-all test-full test-compose test-kubernetes lint lint-python lint-frontend api bench bench-fuzz corpus faults figures parts words docs screenshots wheel clean setup system frontend-test

help:
	@echo "make lab          JupyterLab on the sample courses (sets up everything)"
	@echo "make demo         the headless tour: right, wrong, crashing, endless and hostile answers"
	@echo "make class        a whole class on this machine: JupyterHub, PostgreSQL, service, sandbox host, three people; as root on Debian, PostgreSQL is installed too"
	@echo "make compose      a class by compose.yaml, with Docker: Traefik, JupyterHub, PostgreSQL, Kafka, two sandbox hosts, Prometheus"
	@echo "make test         what a newcomer runs, in two lanes (LANES=1: one); as root on Debian, system parts are installed too"
	@echo "make test-all     after it every sandbox level, server and browser walk"
	@echo "make test-compose a class by compose.yaml with images of this clone; root on Debian, with Go"
	@echo "make test-kubernetes  a class on a real Kubernetes of one node: judged, killed, upgraded, rolled back; root on Debian, with Go"
	@echo "make lint         ruff, mypy, import order, eslint, prettier, tsc"
	@echo "make parts        parts that must be compiled or fetched (gVisor, Kafka, Dapr, helm, MLflow, Ollama, nbgrader, Otter), once, kept outside the clone"
	@echo "make bench         times of this machine, each beside its floor; make figures: those of benchmarks/README.md, anew"
	@echo "make corpus       every hostile case at every sandbox level; make test runs a part of them at the slower levels"
	@echo "make bench-fuzz   a million hostile replies through all that reads them: rate, peak of memory, faults"
	@echo "make faults       a real server killed at random moments under load, ROUNDS=200 times: what was lost or doubled; CLASS=1: each part of a class"
	@echo "make words        brings the translations up to date with what the frontend says"
	@echo "make docs         the site in docs/_build"
	@echo "make screenshots  the pictures and the film in docs/img, made from the real thing"
	@echo "make wheel        dist/*.whl"

# -- the environment ------------------------------------------------------------------------------

$(VENV)/.builder:
	@$(INSTALL) 'jupyter-builder>=1.3,<2'
	@touch $@

labextension/node_modules/.package-lock.json: labextension/package-lock.json
	@echo "Fetching what the frontend is built with …"
	@./labextension/npm ci --silent --no-audit --no-fund
	@touch $@

$(BUILT): $(FRONTEND) $(VENV)/.builder labextension/node_modules/.package-lock.json
	@echo "Building the frontend …"
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./labextension/npm run -s build
	@touch $@

# The frontend is there already: the build hook need not make it a second time. jsonschema, which every server loads,
# would check IRIs with rfc3987-syntax, which compiles a grammar at each start, for two seconds; nothing here needs it.
$(VENV)/.installed: pyproject.toml | $(BUILT)
	@echo "Installing the packages …"
	@SKIP_JUPYTER_BUILDER=1 $(INSTALL) -e '.[test]'
	@$(BIN)/python -m pip uninstall -q -y rfc3987-syntax
	@$(BIN)/jupyter-builder develop . --overwrite >/dev/null
	@touch $@

setup: $(BUILT) $(VENV)/.installed

# What tests need of the system: a browser, bubblewrap, a container engine.
system:
	@./scripts/system.sh

# -- what people run ------------------------------------------------------------------------------

lab: setup
	@$(BIN)/codegym lab $(ARGS)

demo: setup
	@$(BIN)/codegym demo

class: setup
	@./scripts/system.sh class
	@./scripts/parts.sh proxy
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/codegym hub demo $(ARGS)

# The images of this clone, secrets for a start, and all of compose.yaml; ACCOUNTS='ben eve' are let in, too.
compose: wheel
	@./docker/compose/up.sh $(ACCOUNTS)

# What a newcomer runs, in two lanes; ARGS='-k checker' for a part of it.
LANES ?= 2
PYTEST = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest
IN_LANES = $(if $(filter-out 0 1,$(LANES)),-n $(LANES) --dist worksteal)

test: system setup frontend-test
	@$(PYTEST) -m "not full" $(IN_LANES) $(ARGS)

# Every sandbox level, PostgreSQL, Kafka, Dapr, Ollama, containers, kernels, faults, the whole of the browser.
test-all: test test-full

# Much of its time is waiting, for limits, idle servers and browsers: a third lane uses it.
test-full: LANES = 3
test-full: system setup
	@$(PYTEST) -m full $(IN_LANES) $(ARGS)

# A class by compose.yaml; the images are of this clone.
test-compose: setup wheel
	@./scripts/system.sh images
	@./scripts/parts.sh kafka docker-compose traefik packages
	@CODEGYM_COMPOSE=1 $(PYTEST) tests/compose -s $(ARGS)

# A class by helm/codegym on a real cluster, compiled once (minutes) and kept; the images are of this clone.
test-kubernetes: setup wheel
	@./scripts/system.sh kubernetes
	@./scripts/parts.sh kubernetes helm manifests proxy
	@PYTHONPATH=tests:. PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/kubernetes/images.py
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./tests/kubernetes/run.sh $(BIN)/python -m pytest tests/kubernetes -s $(ARGS)

frontend-test: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./labextension/npm run -s test

# The shapes of the HTTP interface for the frontend, made of the server's.
api: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./labextension/npm run -s api

lint: setup
	@$(MAKE) -s -j2 lint-python lint-frontend

lint-python:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports

lint-frontend:
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./labextension/npm run -s lint

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

# The whole hostile corpus, and the mutants of all units that ship: half an hour of two cores.
corpus: system setup
	@CODEGYM_WHOLE_CORPUS=1 $(PYTEST) tests/hostile tests/unit/tutor/diagnosis/test_hostile.py \
		tests/acceptance/test_command_line.py::test_shipped_courses_are_fit -n $(LANES) $(ARGS)

# A million replies as a hostile sandbox might send them; INPUTS=… and SEED=… for others.
bench-fuzz: setup
	@$(BIN)/python tests/hostile/fuzzing.py $(or $(INPUTS),1000000) $(or $(SEED),1)

# What tests/faults does in a few rounds, for long; ROUNDS=… and SEED=… for others. CLASS=1: a class on JupyterHub.
faults: setup
	@PYTHONPATH=tests:. PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m faults \
		$(if $(CLASS),class $(STUDENTS),$(or $(ROUNDS),200) $(or $(SEED),1))

# On a quiet machine: the tables and the picture of benchmarks/README.md, taken anew.
figures: setup
	@$(BIN)/python -m benchmarks --peers --page benchmarks

parts: system
	@./scripts/parts.sh

# The site, in docs/_build; warnings are errors.
docs: setup
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build
	@echo "docs/_build/index.html"

words: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./labextension/npm run -s words

screenshots: system setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/acceptance/screenshots.py docs/img

wheel: $(VENV)/.builder
	@rm -rf dist codegym_jlab/labextension
	@$(BIN)/python -m pip wheel -q --no-deps -w dist .
	@ls dist

clean:
	@rm -rf $(VENV) docs/_build .tools dist build labextension/node_modules labextension/lib labextension/*.tsbuildinfo codegym_jlab/labextension
