# Stagebridge: `make` lists what can be made.
#   PYTHON=/path/to/python   which Python makes .venv (3.11 or newer)
#   ROBOT=serial PORT=9000   what `make demo` shows, and where
#   LINK=hangzhou-chongqing  the link that its presenter is behind; LINK=list names all

.DEFAULT_GOAL := help
.PHONY: help setup demo test prove lint types unit ui threats system browser cover fmt gen lock clean
MAKEFLAGS += --no-print-directory

checks := .venv/bin/python -m tools.checks
for_tests := @tools/setup.sh test

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install everything into this checkout and build the pages
	@tools/setup.sh
	@echo 'Stagebridge is set up. make demo starts it; make test checks it.'

demo: ## start a bridge, a robot and a simulated stage; ROBOT=, PORT= and LINK= choose
	@tools/setup.sh
	@exec .venv/bin/stagebridge demo $(if $(ROBOT),--robot '$(ROBOT)') $(if $(PORT),--port '$(PORT)') $(if $(LINK),--link '$(LINK)')

test: ## install what the tests need, a browser too, and run everything below
	$(for_tests)
	@$(checks)

prove: ## prove the safety rules, in under 30 minutes on two cores; QUICK=1 takes a slice of 50 seconds
	$(for_tests)
	@.venv/bin/python -m prove $(if $(QUICK),--quick)

lint: ## formatting, lint, import contracts, lock files
	$(for_tests)
	@$(checks) lint

types: ## mypy, strict
	$(for_tests)
	@$(checks) types

unit: ## the Python tests that start no processes
	$(for_tests)
	@$(checks) unit

ui: ## the pages: lint, types, import rules, tests
	$(for_tests)
	@$(checks) ui

threats: ## what may be done to a robot, each with what must happen then
	$(for_tests)
	@$(checks) threats

system: ## the promises, kept by real processes
	$(for_tests)
	@$(checks) system

browser: ## the pages in a real browser
	$(for_tests)
	@$(checks) browser

cover: ## which lines the Python tests reach
	$(for_tests)
	@.venv/bin/python -m pytest -q --cov

fmt: ## format the Python and the pages
	$(for_tests)
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	@npm --silent --prefix operator_ui run --if-present fmt

gen: ## write what is generated from the wire messages: TypeScript, JSON Schema, reference page
	@tools/setup.sh
	@.venv/bin/python -m teleop_core.wire.codegen

lock: ## write requirements/*.txt from requirements/*.in; UPGRADE=yes takes the newest of everything
	@tools/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove everything that was installed, built or cached
	@rm -rf .venv .cache .hypothesis test-results operator_ui/node_modules operator_ui/dist build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
