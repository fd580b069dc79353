# make run: everything, from nothing.  make test: the whole suite.  make help: the rest.
SHELL := /bin/bash
PYTHON := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
# Without the compiled files of the libraries every start takes five seconds more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench train lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup:
	@scripts/setup

run: setup ## start everything: database, demonstration shop, model, all processes
	@exec $(PYTHON) -m bot run

test: setup ## the whole test suite (ARGS="-k name" for a part)
	@scripts/system-packages
	@scripts/test $(ARGS)

check: setup ## lint and types alone
	@scripts/check

bench: setup ## measure speed, memory and understanding; one JSON line each
	@scripts/bench

train: setup ## train the model if its inputs changed
	@$(PYTHON) -m bot train

lock: setup ## resolve the dependencies anew into uv.lock
	@scripts/lock

clean: ## remove the environment and all state
	rm -rf .venv var
