# Two commands do everything: `make demo` and `make test`. Both set up a virtual environment first (network: the package
# registries, nothing else; afterwards everything runs offline).
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help setup browser demo test lint bench bench-images bench-alike bench-designs bench-glance bench-bends bench-pieces bench-shifts bench-covers bench-overlaid bench-skies bench-trees bench-sizes bench-series bench-large bench-speed bench-encoder bench-index bench-text docs clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(BIN)/.ready ## a virtual environment with simcheck in it
$(BIN)/.ready: pyproject.toml constraints.txt
	@echo "setting up $(VENV): some minutes the first time (PyTorch comes with sentence-transformers)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,test,bench,lint,train]'
	@touch $@

browser: ## Chromium for the tests that look at pages
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  echo "installing Debian's chromium for the tests that look at pages"; \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium chromium-driver >/dev/null; }

demo: setup ## register real pictures, check edited copies and unrelated pictures, draw demo/report.html
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python examples/demo.py

test: setup browser ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: setup ## ruff, and mypy on a plain install (it does not see the package mapping of an editable one)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@rm -rf build/types build/lib && $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/types .
	cd build/types && MYPYPATH=. $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml -p simcheck

bench: bench-speed bench-images bench-alike bench-designs bench-glance bench-bends bench-pieces bench-shifts bench-covers bench-overlaid bench-skies bench-trees bench-sizes bench-series bench-large bench-encoder bench-index bench-text ## all benchmarks; results in benchmarks/results

bench-images: setup ## what is found and what cries wolf, against peers
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	$(BIN)/python -m benchmarks.images --half B --seed 20261220 --per-family 20

bench-alike: setup ## what the pair network adds to the pictures' score
	$(BIN)/python -m benchmarks.images.alike

bench-designs: setup ## designs of one template with other words, and copies of them
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	$(BIN)/python -m benchmarks.images.designs --seed 17

bench-glance: setup ## sketches with and without the glance at works far down
	$(BIN)/python -m benchmarks.images.glance

bench-bends: setup ## bent copies, with and without the bend undone
	$(BIN)/python -m benchmarks.images.steps bends

bench-pieces: setup ## copies in pieces, with and without a look at each alone
	$(BIN)/python -m benchmarks.images.steps pieces

bench-shifts: setup ## copies in strips, slits and tiles, with and without their parts put back
	$(BIN)/python -m benchmarks.images.steps shifts

bench-covers: setup ## copies behind fences, in strips and scribbled over, with and without that taken away
	$(BIN)/python -m benchmarks.images.steps covers

bench-overlaid: setup ## works under things laid over them, with and without the rules for them
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	$(BIN)/python -m benchmarks.images.overlaid

bench-skies: setup ## small things on even grounds, with and without the rule for them
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	$(BIN)/python -m benchmarks.images.skies

bench-trees: setup ## what the trees add to the pictures' score, on outputs that they have not seen
	$(BIN)/python -m benchmarks.images.trees

bench-sizes: setup ## the same pictures while the index grows to 8,000 works
	$(BIN)/python -m benchmarks.images.sizes

bench-series: setup ## other photographs of registered subjects: does the gate stay quiet?
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	$(BIN)/python -m benchmarks.images.series

bench-large: setup ## small parts of large references, with and without their tiles
	$(BIN)/python -m benchmarks.images.large

bench-speed: setup ## cost of a check and of an add against the least possible
	$(BIN)/python -m benchmarks.images.speed

bench-encoder: setup ## the image encoder alone
	$(BIN)/python -m benchmarks.encoder run ../shared/data/images/dev

bench-index: setup ## search, recall, memory and disk against size; what kills and failing disks cost
	$(BIN)/python -m benchmarks.index
	$(BIN)/python -m benchmarks.index.crash

bench-text: setup ## passages found in a large library, and unrelated texts
	$(BIN)/python -m benchmarks.text

docs: setup ## the reference pages that are generated
	$(BIN)/python -m simcheck.cli.reference > docs/cli.md

clean: ## what was made here, the virtual environment left alone
	rm -rf build demo .mypy_cache .ruff_cache .pytest_cache
