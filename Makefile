# The two commands are `make run` and `make test`. Everything they need is installed into this folder: .venv and .tools.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python of 3.11 or newer; make PYTHON=... names another. Looked for only when something is set up.
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
ARGS ?=

BIN := .venv/bin
UV := .tools/bin/uv
INSTALL = $(UV) pip install -q --python $(BIN)/python --require-hashes --only-binary :all: -r
COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
	--custom-compile-command "make lock" --extra postgres pyproject.toml

# A .venv knows the folder it was made in; a tree that was copied or moved makes a new one.
EMPTY :=
PLACE := .venv/.made_for$(subst /,_,$(subst $(EMPTY) $(EMPTY),_,$(CURDIR)))

export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy
# Where the machine has a store of certificates, uv uses it as pip does: a company's own authority counts.
export UV_SYSTEM_CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/cert.pem),true,false)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

.PHONY: run
run: setup ## Set everything up and start the demo, or the service where there is a config.toml; ARGS="..." is passed on
	@if [ -f config.toml ]; then exec $(BIN)/digest serve $(ARGS); else exec $(BIN)/digest demo $(ARGS); fi

.PHONY: test
test: setup-dev ## Set everything up, PostgreSQL and Chromium included, and run all tests; ARGS="..." is passed on
	@bash scripts/install_chromium.sh
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

.PHONY: check
check: setup-dev ## Check format, lint, types, architecture and dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry digest

.PHONY: format
format: setup-dev ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: bench
bench: setup-dev ## Measure; prints ratios
	$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: catalogues
catalogues: setup-dev ## Bring the catalogues of other languages up to the English strings; ARGS=pl begins a new one
	@PYTHONPATH=. $(BIN)/python scripts/update_catalogues.py $(ARGS)

.PHONY: lock
lock: $(UV) ## Choose the newest versions that pyproject.toml allows
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock

.PHONY: setup
setup: .venv/.runtime ## Install what the program needs

.PHONY: setup-dev
setup-dev: .venv/.dev ## Install what its tests need, too

.PHONY: clean
clean: ## Remove what was installed, built and cached
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.dev: requirements-dev.lock .venv/.runtime
	@$(INSTALL) requirements-dev.lock --no-binary dkimpy # which comes as source only: nothing but Python
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml scripts/link_package.py $(PLACE)
	@$(INSTALL) requirements.lock
	@$(BIN)/python scripts/link_package.py
	@touch $@

$(PLACE): | $(UV)
	@rm -rf .venv
	@$(UV) venv -q --python $(PYTHON) .venv
	@touch $@

$(UV): tools.lock
	@bash scripts/bootstrap.sh $(PYTHON)
	@touch $@
