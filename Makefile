# Laneway. `make run` and `make test` need nothing but Python 3.11 (with venv) and make.
BIN := .venv/bin
STAMP := .venv/.laneway-setup
HOST ?= 127.0.0.1
PORT ?= 8080
DATABASE ?= sqlite:///laneway.db
CONFORMANCE_DIR ?= ../shared/conformance
TIMES ?= 20
RACES ?= 100000
TIMERS ?= 100000
DISKS ?= 1000
SECONDS ?= 60
MINUTES ?= 60
ORDERS ?= 200
ARGS ?=
# Processes that share the tests, a file to each. More than two mean more PostgreSQL servers, too.
PARALLEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast lint format types imports check properties fuzz conformance faults seeded disks races failover security bench clean soak

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv and install what uv.lock names (once)

$(STAMP): pyproject.toml uv.lock .ci/setup
	@.ci/setup

run: setup ## Serve on http://127.0.0.1:8080 with SQLite (HOST, PORT, DATABASE change that)
	@$(BIN)/laneway serve --host $(HOST) --port $(PORT) --database $(DATABASE)

test: setup ## Run every test, on SQLite and on a throw-away PostgreSQL (ARGS="-k name" narrows, PARALLEL=0 takes one process)
	@$(BIN)/python -m pytest -n $(PARALLEL) --dist loadfile $(ARGS)

test-fast: setup ## Run the tests that need no PostgreSQL and take no time
	@$(BIN)/python -m pytest -q -m "not slow and not postgres" $(ARGS)

lint: setup ## Check style and format (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## Put style and format right where that can be done safely
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup ## Check types (mypy, strict)
	@$(BIN)/mypy

imports: setup ## Check that rooms import only what they may (import-linter)
	@$(BIN)/lint-imports --no-logo --cache-dir .import_linter_cache

check: lint types imports test ## Everything that CI checks

properties: setup ## Play many more made-up processes than the tests do (TIMES as many)
	@LANEWAY_EXAMPLES=$(TIMES) $(BIN)/python -m pytest -q tests/runtime/test_token_game.py tests/runtime/test_made_up.py \
		tests/runtime/test_whatever_happens.py tests/durability/test_restart.py --durations=12 $(ARGS)

fuzz: setup ## Look for texts that crash or hang FEEL and JUEL (SECONDS; brings atheris)
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/uv pip install --quiet --python $(BIN)/python "atheris>=3"
	@$(BIN)/python -m tests.fuzz $(SECONDS)

conformance: setup ## Load and run the public test diagrams in CONFORMANCE_DIR
	@CONFORMANCE_DIR=$(CONFORMANCE_DIR) $(BIN)/python -m tests.conformance $(ARGS)

faults: setup ## Kill, stop and cut off real processes (KILLS, STOPS, CUTS, RESTARTS, CLOCKS, INSTANCES; a table of what was lost)
	@$(BIN)/python -m tests.faults $(ARGS)

seeded: setup ## Make each of the bugs of tests/faults/seeds.py on purpose and see that the tests notice
	@$(BIN)/python -m tests.faults.seeded $(ARGS)

disks: setup ## Let SQLite's disk fail: DISKS torn writes and power cuts, then DISKS lives in which operations fail
	@for kind in dying failing; do folder=$$(mktemp -d) && $(BIN)/python -m tests.faults.lives $$folder $$kind 1 $(DISKS); rm -rf $$folder; done

races: setup ## Publish and subscribe at the same time RACES times on each database, and fire TIMERS timers over a restart
	@LANEWAY_RACES=$(RACES) LANEWAY_TIMERS=$(TIMERS) $(BIN)/python -m pytest -q -s --timeout 7200 tests/faults/test_messages.py tests/faults/test_timers.py

failover: setup ## Kill the primary of a PostgreSQL pair under load of ORDERS; the replica takes over, and nothing acknowledged is lost
	@LANEWAY_ORDERS=$(ORDERS) $(BIN)/python -m pytest -q -s tests/failover $(ARGS)

security: setup ## Attempt 615 attacks on governed agents and as many benign twins, with real systems outside (a table of the cells)
	@$(BIN)/python -m tests.security

bench: setup ## Measure beside other engines and the bare database (ARGS="durable --json FILE" narrows; docs/reference/benchmarks.md)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: setup ## Work steadily for MINUTES and then press: memory, files and bytes may not grow (docs/reference/benchmarks.md)
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(ARGS)

clean: ## Remove .venv and every cache (databases stay)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +
