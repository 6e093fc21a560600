# The two commands of the README do all the set-up: `make demo` and `make test`.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check format generate runtimes clean

demo: $(VENV)/.installed  ## One call against the built-in bot
	@$(BIN)/aiflow demo --once

test: $(VENV)/.dev runtimes  ## Everything the tests need, then all tests
	@$(BIN)/python -m pytest -q -n auto --maxprocesses=4 $(TESTS)

check: $(VENV)/.dev  ## Lint, format and types, as CI does
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generate: $(VENV)/.dev  ## Write every generated file anew
	@$(BIN)/python -m scripts.generate

runtimes: $(VENV)/.dev  ## Go, Ruby, Node and what else the tests drive
	@bash scripts/install-test-runtimes

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "aiflow needs Python 3.11 or newer; name one: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "no virtual environment could be made; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' --requirement requirements-dev.txt
	@touch $@

clean:
	@rm -rf $(VENV) .runtimes .mypy_cache .pytest_cache .ruff_cache
