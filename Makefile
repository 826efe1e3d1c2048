# dqlab: `make book` builds the book, `make test` proves it.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed.stamp
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help book test kernels lint serve lab bench assignments grade leaderboard clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

book: $(STAMP) ## build the book: environment, every chapter executed, HTML in _build/html
	@$(BIN)/python book/build.py

test: $(STAMP) ## everything: style, kernels uncompiled and bounds-checked, book, all tests, notebooks, browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --jobs=2 book kernels
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --nbval-lax --nbval-current-env tests book

kernels: $(STAMP) ## the contracts with kernels uncompiled (NumPy then checks every bound), and messages with bounds checked in compiled code
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n $(WORKERS) -k 'not far_below and not second_moments' tests/test_contract_quantizers.py tests/test_contract_algorithms.py tests/test_contract_oracles.py tests/test_bits.py
	NUMBA_BOUNDSCHECK=1 NUMBA_OPT=1 NUMBA_CACHE_DIR=_build/boundscheck $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -k 'test_bits or exact_and_reversible' tests/test_contract_quantizers.py tests/test_bits.py

lint: $(STAMP) ## ruff: format and check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

serve: book ## show the book at http://localhost:8000
	$(BIN)/python -m http.server --directory _build/html 8000

lab: $(STAMP) ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

bench: $(STAMP) ## measure the speed that the benchmarks promise
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

assignments: $(STAMP) ## students' notebooks, graders, solutions and handouts from the masters (TERM=2027: a new edition)
	@$(BIN)/python -m dqlab.grading.assignments $(NAMES) $(if $(filter command,$(origin TERM)),--term "$(TERM)")

grade: $(STAMP) ## grade a folder: SUBMISSIONS=dir OUT=dir [ASSIGNMENT=name] [ROSTER=csv] [TIME=120] [MEMORY=4] [JOBS=2]
	@test -n "$(SUBMISSIONS)" -a -n "$(OUT)" || { echo "Say what to grade and where to: make grade SUBMISSIONS=dir OUT=dir [ASSIGNMENT=name] [ROSTER=csv]"; exit 2; }
	@$(BIN)/python -m dqlab.grading.grade --submissions "$(SUBMISSIONS)" --out "$(OUT)" $(if $(ASSIGNMENT),--assignment "$(ASSIGNMENT)") $(if $(ROSTER),--roster "$(ROSTER)") $(if $(TIME),--time $(TIME)) $(if $(MEMORY),--memory $(MEMORY)) $(if $(JOBS),--jobs $(JOBS))

leaderboard: $(STAMP) ## score the challenge: SUBMISSIONS=dir OUT=dir [SECRET_FILE=file] [JOBS=1]
	@test -n "$(SUBMISSIONS)" -a -n "$(OUT)" || { echo "Say whom to score and where to: make leaderboard SUBMISSIONS=dir OUT=dir [SECRET_FILE=file]"; exit 2; }
	@$(BIN)/python -m dqlab.grading.leaderboard --submissions "$(SUBMISSIONS)" --out "$(OUT)" $(if $(SECRET_FILE),--secret-file "$(SECRET_FILE)") $(if $(JOBS),--jobs $(JOBS))

clean: ## remove what was built (not the virtual environment)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
