# Everything a person needs: make demo, make test, make bench.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SANDBOX_PORT ?= 8001
DATA ?= var/demo

.PHONY: demo test nightly bench bench-peers check lock audit migration clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# A stamp each, so that a second run installs nothing.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/python app.py demo --port $(PORT) --sandbox-port $(SANDBOX_PORT) --data $(DATA)

test: $(VENV)/.installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -n 2

# The promises of docs/promises.md with their whole numbers: too long for every run.
nightly: $(VENV)/.installed-dev
	NIGHTLY=1 BROADCAST_PEOPLE=20000 $(BIN)/python -m pytest tests/promises tests/e2e/test_broadcast_killed.py tests/deploy/test_handbook.py --timeout 7200
	NIGHTLY=1 HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest tests/security --timeout 7200

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# Packages we are measured beside, in a venv of their own; rq needs redis-server from the system.
bench-peers: $(VENV)/.installed-dev bench/requirements-peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements-peers.txt
	$(BIN)/python -m bench peers

lock: $(VENV)/.installed-dev
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header requirements.in -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header requirements-dev.in -o requirements-dev.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header bench/requirements-peers.in -o bench/requirements-peers.txt

# Known weaknesses of what we stand on; asks the package index, so it needs a network. Without one it
# says so and ends well: docs/security.md, "Kiểm tra thư viện".
audit: $(VENV)/bin/python
	$(BIN)/python .ci/audit.py

clean:
	rm -rf $(VENV) .venv-peers var
