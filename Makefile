# Everything a person runs. A fresh Debian or Ubuntu needs make and root: the rest is installed when it is missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
VENV := .venv
BIN := $(VENV)/bin
# Tests mostly wait for hosts; each process has a fleet of its own.
JOBS ?= 3
PURE := tests/plan tests/rollout tests/gates
PURE_PRESENT = $(wildcard $(PURE))

.PHONY: help venv check test quick demo bench clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

venv: $(VENV)/.installed  ## the virtual environment with the project and its tools

$(VENV)/.installed: pyproject.toml .ci/prepare
	@.ci/prepare "$(PYTHON)" $(VENV)
	@touch $@

check: venv  ## style, types, layers, shell, schemas: no hosts needed
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	.ci/check-files $(BIN)

test: check  ## everything, on real hosts (root)
	$(BIN)/python -m pytest -q -n $(JOBS) $(PURE_PRESENT) --cov --cov-report=term
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(PURE_PRESENT:%=--ignore=%)

quick: check  ## what needs neither hosts nor images
	SOCKDEPLOY_QUICK=1 $(BIN)/python -m pytest

demo: venv  ## a release, an upgrade under traffic and a broken release on a fleet of real hosts (root)
	$(BIN)/python -m tests.demo

bench: venv  ## sockdeploy beside other tools on 20 real hosts (root)
	$(BIN)/python -m bench.deploy

clean:  ## remove the virtual environment and what tools left
	rm -rf $(VENV) .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .make .sockdeploy
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
