# Two commands do all the set-up on a machine with Python 3.10 or newer: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

# The first target prints the others: every line `name: ... ## text` of this file.
help: ## print the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(INSTALLED) ## compile a layer, show what comes out, check it and run it once
	@$(BIN)/python tools/demo

test: lint real ## all checks and all tests, also on real Caffe
	$(BIN)/pytest -n 2

lint: $(INSTALLED) ## style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Set up once before the tests, whose two workers would otherwise do it at the same time.
# Without it the tests skip with a line that says so; in CI that is a failure.
real: $(INSTALLED) ## put Caffe 1.0.0 into the cache folder, once
	@tools/real-caffe >/dev/null || test -z "$$CI"

bench: $(INSTALLED) real ## measure the emitted layers (minutes)
	$(BIN)/pytest benchmarks

twins: $(INSTALLED) real ## compare and time all of Caffe's own layers, write the tables of docs/twins.md (ten minutes)
	$(BIN)/python -m benchmarks.twins

accuracy: $(INSTALLED) real ## measure how exact every function is, write the tables of docs/accuracy.md (minutes)
	$(BIN)/python -m benchmarks.accuracy

mutations: $(INSTALLED) ## check wrong layers made from right ones, write the table of docs/check.md (many minutes)
	$(BIN)/python tests/mutations/run.py --write
	$(BIN)/python tests/mutations/run.py --seeds $(or $(SEEDS),1000)

fuzz: $(INSTALLED) real ## hostile input for all that reads something of the user's, random programs (INPUTS=, PROGRAMS=)
	$(BIN)/python tests/fuzz/hostile.py --inputs $(or $(INPUTS),100000)
	$(BIN)/python tests/random_programs/run.py --programs $(or $(PROGRAMS),2000)

digits: $(INSTALLED) real ## train on handwritten digits, compare, print the table of the README
	$(BIN)/python examples/digits/run.py $(DIGITS)

docs: $(INSTALLED) real ## run every program and command of the documentation
	$(BIN)/pytest tests/literate tests/errors

clean: ## remove what was built (the cache of real Caffe stays)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("layerdsl needs Python 3.10 or newer, `make PYTHON=...` names another")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test,bench,examples]'
	@touch $@

.PHONY: help demo test lint real bench twins accuracy mutations fuzz digits docs clean
