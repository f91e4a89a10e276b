# The commands of the project; `make help` lists them. What they do is in scripts/.
# Tools are run as `.venv/bin/python -m tool`, never by their own scripts: those break in a path with a space.

VENV := .venv/bin/python
IN_ENVIRONMENT = python=$$(sh scripts/find_python.sh) && "$$python" scripts/setup_environment.py

.DEFAULT_GOAL := help
.PHONY: help book serve test test-jupyter pdf figures assignments bench requirements clean distclean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*##/make \1 —/p' Makefile

book:  ## build the book into _build/html (needs Python ≥ 3.11; PYTHON=… names one)
	@$(IN_ENVIRONMENT) book
	@$(VENV) scripts/build_book.py

serve: book  ## build the book and serve it on this machine (PORT=… names a port)
	@$(VENV) scripts/serve_book.py $(PORT)

# Figures' parity, the built pages and the browser each live in test files of their own: one file, one worker.
test:  ## build the book, check the code and run every test (CHROMIUM=…, FIREFOX=… name browsers)
	@$(IN_ENVIRONMENT) test
	@$(VENV) -m scripts.find_chromium --install
	@$(VENV) -m scripts.find_firefox --install
	@$(VENV) scripts/build_book.py
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy
	@$(VENV) -m pytest --numprocesses=2 --dist=loadfile

test-jupyter:  ## run the chapters in the JupyterLab that Binder has, and nbgrader, in an environment of their own
	@$(IN_ENVIRONMENT) jupyter
	@.jupyter-venv/bin/python -m scripts.find_chromium --install
	@.jupyter-venv/bin/python -m pytest tests/jupyter

pdf:  ## print the book into _build/pdf with Chromium (PAPER=Letter for that size; CHROMIUM=… names a browser)
	@$(IN_ENVIRONMENT) test
	@$(VENV) -m scripts.find_chromium --install
	@$(VENV) scripts/build_book.py
	@$(VENV) -m scripts.print_book $(if $(PAPER),--paper $(PAPER))

figures:  ## bundle the live figures' JavaScript (Node from PATH or from a wheel) and count the states on which it equals samlib
	@$(IN_ENVIRONMENT) test
	@$(VENV) scripts/bundle_figures.py
	@$(VENV) scripts/record_parity.py

assignments:  ## the problem sets' student versions (pages of the book) and instructor versions, from course/
	@$(IN_ENVIRONMENT) book
	@$(VENV) -m samlib.check assign course --out _build/assignments --pages chapters/course

bench:  ## measure samlib against other libraries, in an environment of its own, and how fast the figures draw
	@$(IN_ENVIRONMENT) bench
	@.bench-venv/bin/python -m bench
	@$(IN_ENVIRONMENT) test
	@$(VENV) -m scripts.find_chromium --install
	@$(VENV) scripts/build_book.py
	@$(VENV) -m bench.pages

requirements:  ## pin pyproject.toml's requirements anew (UPGRADE=1 moves every pin)
	@$(IN_ENVIRONMENT) book
	@$(VENV) scripts/compile_requirements.py $(if $(UPGRADE),--upgrade)

clean:  ## remove the built book and the caches of the tools
	rm -rf _build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean  ## remove the environments as well
	rm -rf .venv .bench-venv .jupyter-venv samlib.egg-info samlib/live/js/node_modules
