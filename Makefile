# Every command does all its own set-up in a fresh clone: a virtual environment with the CPU build of torch first.
#   PYTHON       the interpreter to build the environment from
#   TORCH_INDEX  where the CPU build of torch comes from, when the default index has only CUDA builds
PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
export OMP_NUM_THREADS = 1
# Two processes collect the tests: names of sets must read alike in both.
export PYTHONHASHSEED = 0

demo: $(VENV)/ready
	$(VENV)/bin/critic demo --out demo

test: $(VENV)/ready
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal

test-all: $(VENV)/ready
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal -m 'slow or not slow'

test-min: $(VENV)-min/ready
	$(VENV)-min/bin/python -m pytest --numprocesses 2 --dist worksteal

# The hostile suite in each set of layers, on imitations of other machines: as root on Linux, 20 minutes or so.
hostile-layers: $(VENV)/ready
	$(VENV)/bin/python tests/hostile/machines.py each -m pytest tests/hostile -p no:cacheprovider

lint: $(VENV)/ready
	$(VENV)/bin/python -m pytest tests/test_lint.py

docs: $(VENV)/ready
	$(VENV)/bin/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs dist/docs

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(PIP) --editable '.[test,dev,docs]'
	touch $@

# The lowest versions that pyproject.toml allows; linters and the tests of the docs' site are left to the newest.
$(VENV)-min/ready: pyproject.toml constraints-min.txt
	$(PYTHON) -m venv $(VENV)-min
	$(VENV)-min/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints-min.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(VENV)-min/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints-min.txt --editable '.[test]'
	touch $@

.PHONY: demo test test-all test-min hostile-layers lint docs
