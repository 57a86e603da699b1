# Shipwatch: `make demo` on a fresh clone needs Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help demo test soak check bench golden rule-docs pictures lock clean

export PIP_DISABLE_PIP_VERSION_CHECK := 1
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROWS := 8000000

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## run the whole chain on the bundled scenarios, into ./shipwatch-demo
	@$(BIN)/shipwatch demo

test: $(READY) ## run the tests, without the long proofs
	@$(BIN)/pytest tests -n 3 --dist loadscope

soak: $(READY) ## run the long proofs: many examples, kills, big data
	@SHIPWATCH_EXAMPLES=soak $(BIN)/pytest tests/detect tests/test_fold.py --durations=5
	@$(BIN)/pytest tests -m soak --durations=10

check: $(READY) ## style, format, types, docstring examples, docs held to code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest watch tests/test_house.py $(wildcard tests/test_docs.py)

bench: $(READY) ## time a load of a made day against DuckDB's bare pass (ROWS=8000000), increments, rules, the web page
	@$(BIN)/python benchmarks/bench_load.py --rows $(ROWS)
	@$(BIN)/python benchmarks/bench_increment.py
	@$(BIN)/python benchmarks/bench_rules.py
	@$(BIN)/python benchmarks/bench_web.py
	@$(BIN)/python benchmarks/bench_scene.py
	@$(BIN)/python benchmarks/bench_replay.py

golden: $(READY) ## rewrite the golden files of the tests; look at the diff before you commit it
	@SHIPWATCH_GOLDEN=rewrite $(BIN)/pytest tests -k golden

rule-docs: $(READY) ## write the tables of docs/rules/reference.md anew
	@$(BIN)/python -m scripts.write_rule_docs

pictures: $(READY) ## take the pictures of the web page anew, docs/img/web (needs chromium)
	@$(BIN)/python -m scripts.take_pictures

lock: ## resolve the dependencies anew into requirements.lock (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH: https://docs.astral.sh/uv" >&2; exit 1; }
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	    --upgrade --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what make made: .venv, demo, bench day, caches
	@rm -rf $(VENV) shipwatch-demo benchmarks/made build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh $(VENV)
	@touch $@
