# Each target sets itself up: Python >= 3.11 and make are all it needs. ARGS goes to its command.
ARGS ?=
PYTHON ?=
BIN := .venv/bin

.PHONY: help demo test check faults mutations verify bench fmt docs pictures venv

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: venv ## see it work: the whole service on this machine, and a story told through it
	@$(BIN)/python manage.py demo $(ARGS)

test: venv ## run all tests, in up to four processes, each with servers of its own
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: venv ## format, lint, types, import contracts, migrations, reference pages, scripts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py reference --check
	@bash -n .ci/run

# Any of these orders one reference run alone.
ONE_RUN := $(SEED)$(SUBMIT)$(KILLS)$(WITHOUT)
FAULTS := $(if $(ONE_RUN),tests/faults/test_reference_run.py,\
	tests/faults tests/faults/full_disk.py tests/coordination/test_races.py)

faults: venv ## inject every fault at full size; or one run: SEED=1 SUBMIT=1000 KILLS=20 WITHOUT=valkey
	@SEED=$(or $(SEED),1) SEEDS=$(or $(SEEDS),$(if $(ONE_RUN),1,3)) SUBMIT=$(or $(SUBMIT),1000) \
		KILLS=$(or $(KILLS),20) WITHOUT=$(WITHOUT) TIMES=$(or $(TIMES),100) RACES=$(or $(RACES),100) \
		$(BIN)/python -m pytest $(FAULTS) -q -s $(ARGS)

mutations: venv ## take each safeguard away, and want the test beside it to go red
	@$(BIN)/python -m tests.mutations.run $(ARGS)

verify: venv ## prove the models of what must never be lost, over all their states (needs Spin)
	@$(BIN)/python -m tests.models.verify $(ARGS)

bench: venv ## measure speed and memory
	@$(BIN)/python manage.py bench $(ARGS)

fmt: venv ## format the code and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: venv ## write docs/reference from the code
	@$(BIN)/python manage.py reference $(ARGS)

pictures: venv ## write the pictures and the recorded demo of the docs anew (needs Chromium)
	@PICTURES=write $(BIN)/python -m pytest tests/desk -k "picture or above_the_fold" $(ARGS)
	@$(BIN)/python manage.py demo --once --record docs

venv:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		command -v "$$python" >/dev/null 2>&1 || continue; \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		exec "$$python" -I config/bootstrap.py; \
	done; \
	echo "Python 3.11 or newer is needed and was not found. Install it, or: make PYTHON=/path/to/python3 ..." >&2; \
	exit 1
