# `make` lists what there is. PORT=8600 is the port of `make run`; ARGS="..." goes to the command behind a target.

PY = .venv/bin/python
# What is tried on both engines: all that is about what a store holds. Tests about the file itself are left out there.
LAKE_TESTS = $(addprefix tests/test_,$(addsuffix .py,store query history known account login review check \
    comment commentary correct changes roll start backup doctor notice form releases_page))
SIZES = 200k,10M,100M

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: product  ## Install what is missing, then start the dashboard (PORT=8600 for another port)
	$(if $(PORT),STREAMLIT_SERVER_PORT='$(PORT)') $(PY) app.py $(ARGS)

demo: product  ## Start the dashboard on 36 invented months in a store of their own (PORT=8600 for another port)
	$(PY) -m metrics demo
	KPI_CONFIG=data/demo.yaml KPI_STORE= $(if $(PORT),STREAMLIT_SERVER_PORT='$(PORT)') $(PY) app.py $(ARGS)

test: browser  ## Run the tests (ARGS="-k period" for some of them)
	$(PY) -m pytest -n 4 --dist worksteal $(ARGS)

test-scale: browser  ## Run the tests of the store on DuckLake, with a PostgreSQL of this machine's own (ARGS="-k undo")
	@sh tools/setup.sh postgres
	$(PY) -m pytest --scale tests/test_lake.py tests/test_scale.py
	$(PY) -m tests.postgres $(PY) -m pytest -n 3 --dist worksteal $(LAKE_TESTS) $(ARGS)

check: tools  ## Check style, types, who imports whom, and the lock
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command as main; main()'
	$(PY) tools/lock.py --check

bench: browser  ## Measure pages, choices, server, upload and growing stores beside floors (ARGS="--quick", "--only page --store demo"; SIZES= for no large stores)
	$(PY) -m tests.bench $(ARGS)
	$(if $(SIZES),$(PY) -m tests.bench_sizes --sizes '$(SIZES)')

bench-peers: browser  ## Measure the same page made with Dash beside it (ARGS=--quick for fewer runs)
	@sh tools/setup.sh peers
	$(PY) -m tests.bench_peers $(ARGS)

bench-city: browser  ## Load a city of 35 million figures into a lake and ask it what pages ask (ARGS="--years 1")
	@sh tools/setup.sh postgres
	$(PY) -m tests.bench_city $(ARGS)

soak: browser  ## Kill the writer 1,000 times, then 50 readers and 3 uploaders for 10 minutes; nothing may be lost (ARGS="--kills 100")
	$(PY) -m tests.kills $(ARGS)
	$(PY) -m tests.crowd

fuzz: tools  ## Feed made-up inputs to the readers of files, figures and periods (ARGS="--seconds 600" for longer than a minute each)
	@sh tools/setup.sh fuzz
	$(PY) -m tests.fuzz $(ARGS)

audit: tools  ## Ask whether anything in the lock has a known vulnerability; needs the internet
	$(PY) tools/audit.py $(ARGS)

api: tools  ## Ask a running board with requests made up from docs/openapi.yaml (ARGS="--count 2000 --seed 2")
	$(PY) -m tests.api $(ARGS)

mutants: tools  ## Break the assessment in every small way, and say what no test notices (ARGS=spc for one module)
	$(PY) tools/mutants.py $(ARGS)

shots: browser  ## Take a picture of every page, for the eye
	$(PY) -m tests.shots $(ARGS)

golden: browser  ## Rewrite the expected outputs of the tests; read the diff
	$(PY) -m pytest --golden $(ARGS)

lake: product  ## Install what a store on DuckLake needs
	@sh tools/setup.sh lake

docs: product  ## Rewrite what is generated from the code: config.schema.json and tables in the docs
	$(PY) -m metrics docs $(ARGS)

offline:  ## Pack the committed source and all wheels into dist/, for a machine without internet (PYTHON=, MACHINE=)
	PYTHON='$(PYTHON)' MACHINE='$(MACHINE)' sh tools/offline.sh $(ARGS)

trial: browser  ## Try that archive: unpacked elsewhere, installed without a network, started, and looked at
	$(PY) -m tests.offline

lock:  ## Write requirements.lock anew (ARGS=--upgrade for newer indirect parts)
	python3 tools/lock.py $(ARGS)

clean:  ## Remove .venv, .venv-peers and caches, never data
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

product:
	@sh tools/setup.sh run

tools:
	@sh tools/setup.sh test

browser: tools
	@sh tools/setup.sh browser

.PHONY: help run demo test test-scale lake check bench bench-peers bench-city soak api fuzz audit mutants shots golden docs offline trial lock clean product tools browser
