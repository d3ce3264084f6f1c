# make test    the whole suite; site tests too when there is a bench (see dev/bench-up)
# make demo    a nurture programme simulated on this machine, no site needed
# make tracks  the sequences with fixed days for 120 days: the report shows days kept, branches taken, the cap
# make lint    ruff: rules and format
# make bench   how to run the benchmarks

PYTHON ?= python3
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python

.PHONY: test demo tracks lint bench clean

test: $(VENV)/.installed-dev
	@dev/test

demo: $(VENV)/.installed-simulator
	$(VENV)/bin/nurture demo --out build/demo

tracks: $(VENV)/.installed-simulator
	$(VENV)/bin/nurture tracks --out build/tracks

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

bench: $(VENV)/.installed-dev
	@echo "The benchmarks are in benchmarks/; each prints its figure beside its floor and its peer."
	@echo "How to run them: benchmarks/README.md. Their Python: $(VENV_PYTHON)"

clean:
	rm -rf $(VENV) .reports build

# made anew when it is missing, broken, or pyproject.toml changed
$(VENV)/.installed-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "!! Python 3.10 or later is needed; name yours: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(VENV_PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
		{ echo "!! No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
