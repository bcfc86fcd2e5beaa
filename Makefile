# Each target first creates what it needs, such as the virtual environment with the pinned packages.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Modules are compiled when they are imported, and most installed modules never are.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-compile

export PYTHONUNBUFFERED := 1
# The tests start the service many times, so keep its compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint format pages audit bench scaling login-timing faults clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/runtime.stamp  ## upgrade the database, serve on HOST:PORT and run the worker; settings are environment variables
	@MIGRATE_ON_START=$${MIGRATE_ON_START:-true} exec sh deploy/run.sh $(BIN)/python

test: $(VENV)/development.stamp  ## run the tests on SQLite and PostgreSQL; ARGS="-k tags" is passed to pytest
	@# The tests start the service many times. With its modules compiled, that takes a fifth less time.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/development.stamp  ## run ruff, mypy and bandit
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy
	@$(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive blog_api migrations *.py

format: $(VENV)/development.stamp  ## format the code and sort the imports
	@$(BIN)/python -m ruff check --fix-only --quiet
	@$(BIN)/python -m ruff format --quiet

pages: $(VENV)/development.stamp  ## write the generated parts of the documentation
	@$(BIN)/python -m tests.access_page
	@$(BIN)/python -m tests.changelog_page

audit: $(VENV)-audit/made.stamp  ## check the pinned packages for known vulnerabilities
	@$(VENV)-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r requirements-dev.txt

bench: $(VENV)/development.stamp $(VENV)-bench/peers.stamp  ## run the benchmark; ARGS="--posts 10000 --rounds 1"
	@$(BIN)/python -m bench.run $(ARGS)

scaling: $(VENV)/development.stamp $(VENV)-bench/picture.stamp  ## measure the steps of scaling, and simulate growing load
	@$(BIN)/python -m bench.scaling $(ARGS)
	@$(VENV)-bench/bin/python -m bench.simulation --picture docs/scaling.svg

login-timing: $(VENV)/development.stamp  ## compare the timing of failed logins, 500 of each kind per database
	@$(BIN)/python -m bench.login_timing $(ARGS)

faults: $(VENV)/development.stamp  ## inject faults under load; ARGS="--cases freeze,restart --seconds 10"
	@$(BIN)/python -m faults.run $(ARGS)

clean:  ## remove generated files, but keep instance/ with its database
	rm -rf $(VENV) $(VENV)-bench $(VENV)-audit .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is required, but $(PYTHON) is missing or older; choose another with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot create virtual environments; install its venv module (Debian: python3-venv)" >&2; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@# The pip of Python 3.11 spends twice as long finding releases as on everything else.
	@$(PIP) "pip>=26"
	@touch $@

$(VENV)/runtime.stamp: requirements.txt | $(VENV)/made.stamp
	@echo "installing requirements.txt"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/development.stamp: requirements.txt requirements-dev.txt | $(VENV)/made.stamp
	@echo "installing requirements-dev.txt"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/runtime.stamp $@

$(VENV)-audit/made.stamp: requirements-audit.txt | $(VENV)/made.stamp
	@echo "installing requirements-audit.txt"
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@

$(VENV)-bench/picture.stamp: bench/requirements-picture.txt | $(VENV)/made.stamp
	@echo "installing bench/requirements-picture.txt"
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@

$(VENV)-bench/peers.stamp: bench/peers/fastapi_sqlmodel/requirements.txt | $(VENV)/made.stamp
	@echo "installing the peers of the benchmark"
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@
