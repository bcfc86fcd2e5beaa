# Each command makes what it needs first: the virtual environment, the pinned packages, the folder of the database.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is imported is compiled then, which is the smaller part of what is installed.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-compile

export PYTHONUNBUFFERED := 1
# The tests start the service again and again: what is compiled once need not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint audit bench login-timing faults clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/runtime.stamp  ## migrate the database and serve on HOST:PORT; every setting is read from the environment
	@MIGRATE_ON_START=$${MIGRATE_ON_START:-true} exec $(BIN)/python -m gunicorn wsgi:app

test: $(VENV)/development.stamp  ## run the tests, on SQLite and on PostgreSQL; ARGS="-k tags" goes to pytest
	@$(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/development.stamp  ## ruff, ruff format, mypy and bandit
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy
	@$(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive blog_api migrations *.py

audit: $(VENV)-audit/made.stamp  ## ask PyPI for known weaknesses of the pinned packages
	@$(VENV)-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r requirements-dev.txt

bench: $(VENV)/development.stamp $(VENV)-bench/peers.stamp  ## measure it beside its peers; ARGS="--posts 10000 --rounds 1"
	@$(BIN)/python -m bench.run $(ARGS)

login-timing: $(VENV)/development.stamp  ## compare the times of failed logins, 500 of each kind on each database
	@$(BIN)/python -m bench.login_timing $(ARGS)

faults: $(VENV)/development.stamp  ## break it under load, and see what clients notice; ARGS="--cases freeze,restart --seconds 10"
	@$(BIN)/python -m faults.run $(ARGS)

clean:  ## remove what was made, except for instance/ with its database
	rm -rf $(VENV) $(VENV)-bench $(VENV)-audit .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: $(PYTHON) is missing or older (PYTHON=... names another)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments: install its venv module (on Debian: python3-venv)" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@# That of Python 3.11 looks for a release twice as long as all the rest takes.
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

$(VENV)-bench/peers.stamp: bench/peers/fastapi_sqlmodel/requirements.txt | $(VENV)/made.stamp
	@echo "installing the peers of the benchmark"
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@
