# `make run` and `make test` need Python 3.11 or newer and nothing else prepared.
# Everything lives in .venv, node_modules, static/dist and var of this directory.

SHELL := /bin/sh
.DEFAULT_GOAL := help
# The checks share two cores and one terminal: one after the other, even under `make -j`.
.NOTPARALLEL:
.PHONY: help setup setup-dev run test lint bench bench-peers bench-http bench-pages bench-live build lock format test-ts test-py test-postgres

# The first Python that is new enough, or the one named: make run PYTHON=/opt/python/bin/python3
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)

ifeq ($(strip $(PYTHON)),)
PREPARE = @echo 'netviz: Python 3.11 or newer is needed, and none is on PATH. Install it, or name it: make PYTHON=/path/to/python3' >&2; false;
else
PREPARE = @$(PYTHON) scripts/bootstrap.py
endif
IN = @$(PYTHON) scripts/bootstrap.py exec

# One more than the two cores of a small machine: tests often wait for something.
WORKERS ?= 3
# Each of these starts a Chromium, which is busy itself.
BROWSERS ?= 2

PODS ?= 10000

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install what netviz needs to run, and build its pages
	$(PREPARE) setup

setup-dev:
	$(PREPARE) setup --dev

run: setup ## start netviz with the demo on http://127.0.0.1:8000
	$(IN) python manage.py migrate --verbosity 0 --skip-checks
	$(IN) python manage.py demo
	$(IN) python manage.py serve

test: setup-dev lint test-ts test-postgres test-py ## check everything: style, types, all tests

lint: setup-dev ## style, format, types and import rules
	$(IN) ruff check .
	$(IN) ruff format --check .
	$(IN) mypy
	$(IN) lint-imports
	$(IN) npm run --silent format
	$(IN) npm run --silent types

format: setup-dev ## rewrite the sources in the project's format
	$(IN) ruff check --fix .
	$(IN) ruff format .
	$(IN) npx prettier --write --log-level warn .

test-ts: setup-dev
	$(IN) npm run --silent test

test-py: setup-dev
	$(IN) python -m tests.support.chromium
	$(IN) pytest -n $(WORKERS) --ignore tests/browser
	# By themselves: an open browser keeps an event loop in its process that other tests cannot share.
	$(IN) pytest -n $(BROWSERS) tests/browser

test-postgres: setup-dev
	$(IN) python -m tests.support.postgres pytest -n $(WORKERS) --database-tests --ignore tests/browser

bench: setup-dev ## measure speed and memory on generated clusters (PODS="10000 100000")
	$(IN) python -m benchmarks --pods $(PODS)
	$(IN) python -m benchmarks --pods $(firstword $(PODS)) --shapes
	$(IN) python -m benchmarks.live --pods $(firstword $(PODS))

# Which clusters, of 1000, 3000, 5000, 10000 and dense; nca needs a minute or two for 5,000 pods.
SIZES ?= 1000 3000 5000 dense

bench-peers: setup ## measure `flows` beside network-config-analyzer; SIZES="1000 dense"
	$(IN) python -m benchmarks.peers --sizes $(SIZES)

bench-http: setup-dev ## measure the server over HTTP, beside an empty view (PODS="10000 100000")
	$(IN) python -m benchmarks.http --pods $(PODS)

bench-pages: setup-dev build ## measure in Chromium how quickly maps paint and pan
	$(IN) python -m benchmarks.pages

bench-live: setup-dev ## measure what following a running cluster costs (PODS="10000 100000")
	$(IN) python -m benchmarks.live --pods $(PODS)

build: setup ## build the pages' scripts and styles
	$(IN) npm run --silent build

lock: ## pin every dependency anew, with hashes
	@$(PYTHON) -m scripts.lock
