# Everything one needs: make demo, make test, make lint types bench docs.
# Each target makes the virtual environment .venv by itself; Python 3.11 or newer and make are enough.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# CI runs the slow tests as well, and no sample of what they do.
MARKS := $(if $(CI),not gpu and not sample,not slow and not gpu)
# One process a core, four at most: each may hold TensorFlow. A file stays in one, for the sake of its fixtures; those that
# take longest come first (tests/conftest.py).
SPREAD := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# CI asks a test that failed once more: of thousands that drive browsers and processes, one in a run lost a race now and
# then. What passes only then is listed as RERUN and wants mending; what is broken fails twice.
AGAIN := $(if $(CI),--reruns 1)
CODE := core datasets topics embeddings viz cli tests benchmarks examples

.PHONY: demo test lint format types bench docs wheel audit clean
.DEFAULT_GOAL := help

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/python.ready:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer is needed; install it or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(PYTHON) -m pip --version >/dev/null 2>&1 || \
		{ echo "error: this Python lacks venv and pip; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@touch $@

# The package and what it needs; then also what tests and benchmarks need.
$(VENV)/package.ready: $(VENV)/python.ready pyproject.toml
	@echo "installing bandscape into $(VENV) (a few minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[explore,serve]"
	@touch $@

$(VENV)/dev.ready: $(VENV)/python.ready pyproject.toml
	@echo "installing bandscape and its development tools into $(VENV) (a few minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/package.ready

# Brings the development tools along, in one go: CI starts from nothing.
$(VENV)/docs.ready: $(VENV)/python.ready pyproject.toml
	@echo "installing bandscape, its development tools and what builds the documentation site into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,docs]"
	@touch $@ $(VENV)/dev.ready $(VENV)/package.ready

$(VENV)/audit.ready: $(VENV)/python.ready pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[explore,serve,audit]"
	@touch $@ $(VENV)/package.ready

demo: $(VENV)/package.ready  ## Simulate a corpus, model it, and write demo/maps/map.html
	$(BIN)/bandscape demo --out demo

test: $(VENV)/dev.ready  ## Run the tests
	$(BIN)/python -m pytest -m "$(MARKS)" $(SPREAD) $(AGAIN) $(ARGS)

lint: $(VENV)/dev.ready  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/dev.ready  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/dev.ready  ## Check the type annotations
	$(BIN)/pyright

bench: $(VENV)/dev.ready  ## Run the benchmarks and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/docs.ready  ## Check that the docs match the code, do what the guides say, build the site into site/
	$(BIN)/python docs/build.py
	$(BIN)/python docs/site/guides.py
	$(BIN)/python docs/build_site.py

wheel: $(VENV)/dev.ready  ## Build the wheel and the source distribution into dist/
	umask 022; export SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)}; \
	rm -f dist/bandscape-*; $(BIN)/python -m build --quiet --sdist . && $(BIN)/python .ci/same_bytes.py dist/*.tar.gz && \
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist dist/*.tar.gz

audit: $(VENV)/audit.ready  ## List all that is installed (dist/sbom.json) and ask for known holes in it (needs a network)
	@mkdir -p dist
	$(BIN)/cyclonedx-py environment $(VENV) --output-reproducible --output-file dist/sbom.json
	@$(BIN)/pip-audit 2> dist/pip-audit.log || { tail -n 1 dist/pip-audit.log | cut -c 1-200; \
		echo "error: holes are listed above; if none are, nobody could be asked (no network?). dist/sbom.json is whole," \
		"dist/pip-audit.log says more"; exit 1; }

clean:  ## Remove what was built (not .venv)
	rm -rf build dist demo site *.egg-info .ruff_cache .hypothesis
