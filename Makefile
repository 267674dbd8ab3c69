# Two commands: `make demo` and `make test`. The others serve those who work on carnet.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LONG ?=
# Trust what this machine trusts, as pip does: behind a proxy, uv's own list would not do.
export UV_SYSTEM_CERTS ?= true

.PHONY: demo test setup check bench lock clean

demo: $(VENV)/.ready-runtime
	@$(BIN)/carnet demo

test: $(VENV)/.ready-test
	@$(BIN)/pytest $(if $(LONG),,-m "not long")

setup: $(VENV)/.ready-test

check: $(VENV)/.ready-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(if $(LONG),,-m "not long")

bench: $(VENV)/.ready-test
	@$(BIN)/python -m benchmarks

# The lock: pinned, with hashes, without any address.
lock: $(VENV)/.uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --group build -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --group build --group test -o requirements/test.txt

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit("carnet needs Python 3.11 or later; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.ready-runtime: requirements/runtime.txt pyproject.toml $(VENV)/.uv
	@test -e $(VENV)/.ready-test || { echo "Installation…"; $(BIN)/uv pip install --quiet --require-hashes -r requirements/runtime.txt; }
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-test: requirements/test.txt pyproject.toml $(VENV)/.uv
	@echo "Installation…"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements/test.txt
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.ready-runtime

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
