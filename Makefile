# highscores: everything a person types. `make` alone prints this list.
# LOCAL and PYTHON come from the locked environment in .venv, which bin/bootstrap makes from nothing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export UV_PYTHON_DOWNLOADS := never
export PATH := $(CURDIR)/.local/tools/bin:$(PATH)

LOCAL := .venv/bin/highscores-local
PYTEST := .venv/bin/pytest
CHART_TOOLS := helm helm-unittest kubeconform helm-docs
SCRIPT_TOOLS := k6
.NOTPARALLEL:

ARGS ?=
NAME ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  Ports move by environment: make up HIGHSCORES_PORT=9080 HIGHSCORES_BASE_PORT=9100'

## The one-machine stack ---------------------------------------------------------------------------------------------
.PHONY: up down restart logs follow status reset datagen
up: .venv ## install what is missing, start everything, wait until it is ready
	@$(LOCAL) up
down: .venv ## stop everything; the data stays
	@$(LOCAL) down
restart: .venv ## restart the services after a change of code, or one program: NAME=worker
	@$(LOCAL) restart $(NAME)
logs: .venv ## the ends of the logs, or of one: NAME=worker
	@$(LOCAL) logs $(NAME)
follow: .venv ## the logs as they grow, or one: NAME=worker
	@$(LOCAL) logs --follow $(NAME)
status: .venv ## what runs, with memory, and whether it is ready
	@$(LOCAL) status
reset: .venv ## stop everything and delete all data (asks; ARGS=--yes does not)
	@$(LOCAL) reset $(ARGS)
datagen: .venv ## send scores to what `make up` started, as a crowd of players would, until Ctrl-C: ARGS='--rate 20'
	@. .local/keys.env; .venv/bin/highscores datagen $(ARGS)

## Quality -----------------------------------------------------------------------------------------------------------
.PHONY: test lint types format unit scripts charts integration contract page observability faults test-long bench
test: .everything lint types unit scripts charts integration contract page observability ## install what is missing, then all checks but the faults, the cluster and what takes long
lint: .venv ## ruff, its format, and the direction of imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/lint-imports --no-cache
types: .venv ## mypy, strict
	@.venv/bin/mypy libs services tests bench
format: .venv ## put the code into the one format
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
unit: .venv ## rules and parts of services without servers, and the samples of stored forms
	@$(PYTEST) tests/unit tests/compatibility $(ARGS)
scripts: .venv ## the load test's settings, plan and report, without a server; first builds k6, 2 minutes
	@bin/install-tools $(SCRIPT_TOOLS)
	@$(PYTEST) tests/loadtest $(ARGS)
charts: .venv ## lint, unit tests, schemas and validation of what the charts can render; first builds Helm and others, 4 minutes
	@bin/install-tools $(CHART_TOOLS)
	@$(PYTEST) tests/charts $(ARGS)
integration: .servers ## on real PostgreSQL, RabbitMQ and Redis, which the tests start
	@$(PYTEST) tests/integration -m 'not long' $(ARGS)
contract: .servers ## every example and error of the HTTP interface, against the running services
	@$(PYTEST) tests/contract $(ARGS)
page: .browser ## through nginx, with the page in headless Chromium
	@$(PYTEST) tests/page $(ARGS)
observability: .prometheus ## every alert and every panel of every dashboard, on a real Prometheus
	@$(PYTEST) tests/observability $(ARGS)
faults: .servers ## kill processes under load: nothing may be lost or doubled; ARGS='--workers 3', or -m 'not (long or slow)' for the first rank only
	@$(PYTEST) tests/faults -m 'not long' $(ARGS)
test-long: .servers ## what takes hours: an hour of keys, and all faults with one, two and three workers, freezes of 95 s and a million rows among them
	@$(PYTEST) tests/integration -m long $(ARGS)
	@for workers in 1 2 3; do $(PYTEST) tests/faults --workers $$workers $(ARGS) || exit 1; done
bench: .servers ## measure side by side on this machine and print a table of ratios
	@.venv/bin/python -m bench $(ARGS)

## Kubernetes --------------------------------------------------------------------------------------------------------
.PHONY: images e2e loadtest chart-docs
images: ## build the four images: IMAGE_TOOL=docker, podman or buildah; IMAGE_PREFIX=registry/path, IMAGE_TAG=1.2.3
	@bin/build-images
e2e: .venv ## tests/cluster: the whole life of a release, on the cluster of the current KUBECONFIG; see its README
	@bin/install-tools helm
	@$(PYTEST) tests/cluster $(ARGS)
loadtest: .venv ## a load test of the stack that `make up` started, with a report in build/loadtest: SCORES_RATE=50 DURATION=60s
	@bin/install-tools $(SCRIPT_TOOLS)
	@mkdir -p build/loadtest
	@. .local/keys.env; BASE_URL=$$HIGHSCORES_URL ADMIN_KEY=$$HIGHSCORES_ADMIN_KEY SUBMIT_KEY=$$HIGHSCORES_SUBMIT_KEY \
	  REPORT_DIR=build/loadtest K6_NO_USAGE_REPORT=true k6 run --quiet $(ARGS) loadtest/highscores.js
chart-docs: .venv ## write the charts' READMEs from the comments in their values
	@bin/install-tools helm-docs
	@helm-docs --chart-search-root charts --sort-values-order file --log-level warning

## Housekeeping ------------------------------------------------------------------------------------------------------
.PHONY: clean .venv .servers .browser .prometheus .everything
clean: ## delete caches and the environment; the stack's data stays (see reset)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
.venv:
	@bin/bootstrap
.servers: .venv
	@$(LOCAL) packages
.browser: .venv
	@$(LOCAL) packages --browser
.prometheus: .venv
	@$(LOCAL) packages --prometheus
# What `make test` needs is installed before its first test, so that sudo asks for a password at the start.
.everything: .venv
	@$(LOCAL) packages --browser --prometheus
	@bin/install-tools $(CHART_TOOLS) $(SCRIPT_TOOLS)
