# The two commands: `make run` and `make test`. Everything they need is installed into this folder (.venv, .tools).
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ARGS ?=

.PHONY: help run test check bench format lock setup setup-dev clean

help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r n t; do printf '  make %-11s %s\n' "$$n" "$$t"; done

run: setup ## Set everything up and start the demo (with a config.toml here: the service); ARGS="--once" passes arguments on
	@if [ -f config.toml ]; then exec $(BIN)/digest serve $(ARGS); else exec $(BIN)/digest demo $(ARGS); fi

test: setup-dev ## Set everything up, PostgreSQL and Chromium included, and run all tests
	@bash scripts/install_chromium.sh
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: setup-dev ## Format, lint, types, architecture, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry digest

format: setup-dev ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup-dev ## Measure; prints ratios
	$(BIN)/python -m tests.benchmarks $(ARGS)

lock: $(UV) ## Choose newer versions of all dependencies
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --extra postgres pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --extra postgres --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

setup: .venv/.runtime ## Install what the program needs

setup-dev: .venv/.dev ## Install what its tests need too

.venv/.runtime: requirements.lock pyproject.toml | $(UV) .venv/bin/python
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/python scripts/link_package.py
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

.venv/bin/python: | $(UV)
	@$(PYTHON) -m venv --without-pip .venv

$(UV): tools.lock
	@bash scripts/bootstrap.sh $(PYTHON)
	@touch $@

clean: ## Remove what was installed and built
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
