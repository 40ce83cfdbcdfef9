# All set-up is here: `make try` and `make test` work on a fresh clone with Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Byte code of the tests is kept whatever the environment says: each worker would compile all of it in every run.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help try test check lint types unit fix system faults bench pictures lock wheel pyz deb reference clean

help:
	@echo 'make try     the wizard on a private sandbox with a server of its own (no root, no Redis needed)'
	@echo 'make test    everything: lint, types, import contracts, tests, and system tests on real hosts'
	@echo 'make check   the quick gate: the same without real hosts'
	@echo 'make fix     format, and fix what the linter can'
	@echo 'make faults  N=200 faults of chance, and a kill after each record of the journal, on real hosts'
	@echo 'make bench   speed and size, as ratios against a baseline of the same run'
	@echo 'make pictures  the screens in README and docs/tour.md, drawn from a sandbox'
	@echo 'make pyz     the program in one file, for hosts without a network; FOR=3.13 is the Python of the host'
	@echo 'make deb     the same as a Debian package; FOR=3.13 for Debian 13, 3.11 for Debian 12'
	@echo 'make reference   write docs/reference from the code'
	@echo 'make lock    write the lock files again     make wheel   build and try the wheel'

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "redis-wizard needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

# A stamp a set of packages: the small one to run, the large one to develop. Both need the project itself.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/run.txt
	tools/servers $(BIN)/python any
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	tools/servers $(BIN)/python all
	@touch $@ $(VENV)/.run

try: $(VENV)/.run
	@tools/try $(BIN)/python

# One after the other: tests race with attackers and wait for hosts, and on busy processors some would time out.
test: check system

check: lint types unit

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	# Each worker collects all tests, and many wait for real servers and screens: three a processor are the quickest.
	# There is no second try: a test passes at its first one, on a busy machine too.
	$(BIN)/pytest -n 6 --dist worksteal -m 'not system'

system: $(VENV)/.dev
	tools/system $(BIN)/python

fix: $(VENV)/.dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

N := 200
faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults --runs $(N)

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.pictures

wheel: $(VENV)/.dev
	rm -rf dist
	$(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .

# The version of Python on the host: 3.11 to 3.14. Any of them can build for any other.
FOR := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
pyz: $(VENV)/.dev
	$(BIN)/python -m tools.package.pyz --python $(FOR)

deb: pyz
	$(BIN)/python -m tools.package.deb --python $(FOR)

reference: $(VENV)/.dev
	$(BIN)/python -m tools.reference

lock:
	tools/lock

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
