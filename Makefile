# The workbench's commands. Each target sets up what it needs; `make help` explains them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.tools
DEMO   := data/demo
WHEELS := wheelhouse
# where a wheelhouse was brought along, nothing is asked of an index
PIP    := $(BIN)/pip install --quiet --disable-pip-version-check $(if $(wildcard $(WHEELS)/*.whl),--no-index --find-links $(WHEELS))
export PYTHONHASHSEED := 0
export JUPYTER_PLATFORM_DIRS := 1

.DEFAULT_GOAL := help
.PHONY: help audit cases papers report test notebooks lab check bench false-alarms soak system demo wheelhouse lock clean

help: ## Say what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: Python 3.11 or newer is needed; say make PYTHON=python3.12" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "error: Python cannot make a virtual environment here; on Debian: apt-get install python3-venv" >&2; exit 3; }
	$(PIP) --no-deps --require-hashes --compile -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --compile -e .
	@$(BIN)/microlib kernels install > /dev/null
	@touch $(READY)

$(TOOLS): $(READY) requirements-dev.lock
	$(PIP) --no-deps --require-hashes --compile -r requirements-dev.lock
	@touch $(TOOLS)

demo: $(READY) ## Make the synthetic demo bank (data/demo), unless it is there already
	@$(BIN)/microlib demo > /dev/null

# Excel of all reports; Word and slides of the branch brief
PAPERS := --format xlsx --format 0_branch_brief:docx --format 0_branch_brief:pptx

report: demo ## Write all reports for every branch of the demo bank: Chinese for all, English for one
	$(BIN)/microlib report --home $(DEMO) --lang zh $(PAPERS) --resume
	$(BIN)/microlib report --home $(DEMO) --lang en --branch 0755 $(PAPERS) --resume
	@echo "open $$(ls -d reports/demo/*/index.html | tail -n 1)"

test: demo $(TOOLS) ## Run every test: units, doctests, laws, golden report, then every notebook (nbval)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest --nbval --nbval-kernel-name=microlib --nbval-cell-timeout=120 -o addopts="-q" -n auto --dist loadfile --ignore=notebooks/exercises notebooks

notebooks: demo $(TOOLS) ## Run every notebook again and store its text outputs, without images
	$(BIN)/python tests/notebooks/refresh.py

cases: demo ## Work through the teaching cases, in both languages
	$(BIN)/microlib case --home $(DEMO) --lang zh --lang en

lab: demo $(TOOLS) ## Open JupyterLab on the demo bank, at a start page
	$(BIN)/microlib lab --home $(DEMO)

check: $(TOOLS) ## Lint code and notebooks, imports between floors, written terms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/microlib check data/*/*.toml

bench: demo $(TOOLS) ## Measure speed and memory as ratios in one run; prints a table, writes bench.json
	$(BIN)/python -m bench

false-alarms: $(TOOLS) ## Count what the risk review finds in a clean branch, over ten seeds
	$(BIN)/python tests/metrics/alarms.py 10

papers: report ## Hold all reports of the demo bank, of ten other seeds and of skewed books against each other, and look at each page and figure; takes an hour
	$(BIN)/python tests/laws/papers.py $$(ls -d reports/demo/*/ | tail -n 1)
	$(BIN)/python tests/run/looks.py $$(ls -d reports/demo/*/ | tail -n 1)
	$(BIN)/python tests/laws/wide.py 10

soak: demo $(TOOLS) ## Make 2,000 small reports, undisturbed and killed; 2,000 mutated files; 100 kills of each work; laws on ten draws of every table; takes long
	$(BIN)/python tests/faults/soak.py
	$(BIN)/python tests/faults/mutations.py 2000
	$(BIN)/python tests/faults/kills.py 100
	$(BIN)/python tests/faults/plants.py
	MICROLIB_SOAK=1 $(BIN)/python -m pytest tests/laws/test_behaviour.py tests/design

NEEDED := chromium libreoffice-impress libreoffice-writer
system: ## Install the system packages that some tests need: a browser and LibreOffice (Debian: apt)
	@if command -v chromium >/dev/null 2>&1 && command -v soffice >/dev/null 2>&1; then echo "installed: $(NEEDED)"; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(NEEDED); \
	else echo "run as root: apt-get install --no-install-recommends $(NEEDED)"; fi

wheelhouse: $(READY) ## Collect all packages for this Python and system, for a computer without an index
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: --dest $(WHEELS) -r requirements-dev.lock
	@echo "copy this folder without $(VENV), then say make report there: $(WHEELS) holds $$(ls $(WHEELS) | wc -l) packages"

LOCKED := uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q

lock: ## Rewrite both locks and environment.yml from pyproject.toml (needs uv)
	$(LOCKED) --extra build --extra dev -o requirements-dev.lock
	$(LOCKED) --extra build --extra server -c requirements-dev.lock -o requirements.lock
	$(BIN)/python tests/laws/environments.py
	$(BIN)/python tests/laws/licences.py

AUDIT := $(VENV)/audit

audit: ## Ask the index's service which pinned packages have known faults; what it was not asked about counts as one
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/pip install --quiet pip-audit==2.10.1; }
	@$(AUDIT)/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r requirements-dev.lock \
	  || { echo "error: packages named above have known faults, or the service did not answer and nothing was audited" >&2; exit 3; }

clean: ## Remove what was made: the demo bank, reports, caches (not the environment)
	rm -rf $(DEMO) reports .pytest_cache .ruff_cache .hypothesis bench.json
