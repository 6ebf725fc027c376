# make run: train, serve and triage on this machine. make test: run the tests. make check: style, types, room contracts.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Every process that a test starts would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

# A generator has its own environment: it wants an older typer than the command.
.PHONY: help clients mining sbom licences audit run test quick check format clean
help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): constraints.txt pyproject.toml lab/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "triage needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[serve,bus,otel,train,test]' --editable lab
	touch $(READY)

clients: $(READY) ## install what the client tests run: openapi-python-client, and with npm openapi-typescript, AsyncAPI, Node-RED and an OpenID provider
	$(PYTHON) -m venv $(VENV)/generator
	$(VENV)/generator/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/serving/api/clients/requirements.txt
	if command -v npm >/dev/null; then npm ci --silent --prefix tests/serving/api/clients; fi
	if command -v npm >/dev/null; then npm ci --silent --prefix tests/serving/identity; fi
	if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --omit=optional --prefix tests/serving/api/workflow; fi

mining: $(READY) ## install pm4py, which the tests of the exported log open it with, apart from everything: its licence is the AGPL
	$(PYTHON) -m venv $(VENV)/mining
	$(VENV)/mining/bin/python -m pip install --quiet --disable-pip-version-check 'pm4py>=2.7.23,<2.8'

$(VENV)/supply/.ready:
	$(PYTHON) -m venv $(VENV)/supply
	$(VENV)/supply/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8' 'pip-licenses>=5,<6' 'pip-audit>=2.9,<3'
	touch $(VENV)/supply/.ready

sbom: $(READY) $(VENV)/supply/.ready ## list what is installed as a CycloneDX document: build/sbom.cdx.json
	mkdir -p build
	$(VENV)/supply/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file build/sbom.cdx.json

licences: $(READY) $(VENV)/supply/.ready ## list the licences of what is installed: build/licences.md
	mkdir -p build
	$(VENV)/supply/bin/pip-licenses --python $(BIN)/python --format markdown --with-urls --output-file build/licences.md

audit: $(READY) $(VENV)/supply/.ready ## look the pinned dependencies up among known faults; needs the network
	$(VENV)/supply/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

run: $(READY) ## set up, train what has no champion yet, serve API, review queue and MLflow UI
	@$(BIN)/triage up

test: $(READY) ## run every test, of the product and of the laboratory
	@$(BIN)/python -m pytest tests -n 2 --dist loadfile --no-loadscope-reorder

quick: $(READY) ## run the quick tests of the product, a few minutes
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY) ## formatting, lint, types, room contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove the environment and all local state
	rm -rf $(VENV) .triage build *.egg-info
