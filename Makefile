# make run      start everything on this machine, with demo data (PORT=8000)
# make test     all tests
# make security attacks on access with their promises and figures, and mutants of the rules (some minutes)
# make faults   races, kills and outages at full length, with promises and their figures (about an hour)
# make bench    every figure of docs/performance.md, some ten minutes (QUICK=--quick for less)
# make check    style, types, layers, schema, containers, page, and what make audit says
# make audit    known faults of the libraries, as far as advisories can be reached
# make lock     renew requirements/*.txt from pyproject.toml (UPGRADE=--upgrade for the newest versions)
# make fuzz     20,000 generated calls and more, by every role (FUZZ_CALLS=20000), and what became of them
# make bench-page  how long after navigation the section can be used; make screenshot: docs/section.png
# make wheel    the program as one file, in dist/
# make clean    remove what the others made, the demo's data too

PORT ?= 8000
JOBS ?= 2
BIN = .venv/bin
PAGE = backend/page/index.html

PYTHON ?= $(shell for python in python3.11 python3 python3.14 python3.13 python3.12; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11, 2))' 2>/dev/null; then echo $$python; break; fi; done)

# What is half-made, or of a Python that is gone or too old, counts as missing.
$(shell { test ! -s .run/venv.lock && $(BIN)/python -c 'import pip, sys; sys.exit(sys.prefix == sys.base_prefix or sys.version_info < (3, 11, 2))'; } 2>/dev/null || rm -f .venv/*-installed)

PAGE_SOURCES = $(shell find frontend -name node_modules -prune -o -name __pycache__ -prune -o -type f -print)

.PHONY: run bench bench-page fuzz security test faults check lock clean page screenshot wheel \
	check-format check-lint check-types check-layers check-locks check-schema check-compose check-dockerfile check-secrets check-page audit

run: .venv/run-installed $(PAGE)
	@PORT=$(PORT) exec $(BIN)/emp run

test: .venv/dev-installed $(PAGE)
	@$(BIN)/python -m pytest -n $(JOBS)

security: .venv/dev-installed $(PAGE)
	@SCHEMATHESIS_CALLS=4000 $(BIN)/python -m pytest tests/security tests/clients/test_schemathesis.py --long --timeout=3600
	@$(BIN)/python -m tests.security.mutants

faults: .venv/dev-installed $(PAGE)
	@$(BIN)/python -m pytest tests/faults tests/mail/test_due_dates.py --long --timeout=3600

FUZZ_CALLS ?= 20000

fuzz: .venv/dev-installed
	@SCHEMATHESIS_CALLS=$(FUZZ_CALLS) $(BIN)/python -m pytest -s tests/clients/test_schemathesis.py

page: $(PAGE)

wheel: .venv/run-installed $(PAGE)
	@rm -rf dist
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

bench-page: .venv/dev-installed $(PAGE)
	@$(BIN)/python -m bench.page

screenshot: .venv/dev-installed $(PAGE)
	@$(BIN)/python -m bench.screenshot

$(PAGE): $(PAGE_SOURCES) schema.graphql | .venv/run-installed
	@$(BIN)/python tools/step.py .run/page.lock "Building the page, a minute at the first time" \
		$(BIN)/python frontend/hatch_build.py

define environment
@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)"; exit 1; }
@"$(PYTHON)" tools/environment.py $(1)
endef

NO_PYTHON = Python 3.11.2 or newer is needed. On Debian and Ubuntu: sudo apt-get install python3 python3-venv; \
	another one can be named: make PYTHON=/path/to/python3

.venv/run-installed: requirements/run.txt pyproject.toml
	$(call environment,run)

.venv/dev-installed: requirements/dev.txt .venv/run-installed
	$(call environment,dev)

# $(call verdict,name,command): one line when all is well, else what the command said.
define verdict
@if said=$$($(2) 2>&1); then echo "ok      $(1)"; else echo "FAILED  $(1)"; echo "$$said"; exit 1; fi
endef

bench: .venv/dev-installed
	@$(BIN)/python -m bench $(QUICK)

check: check-format check-lint check-types check-layers check-locks check-schema check-compose check-dockerfile \
	check-secrets check-page audit

check-format: .venv/dev-installed
	$(call verdict,format,$(BIN)/ruff format --check --quiet --diff .)

check-lint: .venv/dev-installed
	$(call verdict,lint,$(BIN)/ruff check --quiet .)

check-types: .venv/dev-installed
	$(call verdict,types,$(BIN)/mypy)

check-layers: .venv/dev-installed
	$(call verdict,layers,$(BIN)/lint-imports)

check-locks: .venv/dev-installed
	$(call verdict,locks,$(BIN)/python -m pip check)

check-schema: .venv/dev-installed
	$(call verdict,schema,$(BIN)/emp schema --check)

check-compose: .venv/dev-installed
	$(call verdict,compose,$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml)

check-dockerfile: .venv/dev-installed
	$(call verdict,Dockerfile,$(BIN)/hadolint Dockerfile)

# Names such as PASSWORD_SET are no secrets, so it is told by entropy and by known forms; hashes of locks and an unsigned token are none either.
SCAN = $(BIN)/detect-secrets-hook --disable-plugin KeywordDetector --exclude-files 'package-lock.json|requirements/' \
	--exclude-lines '://user:password@|:(OWNER|RUNTIME)-PASSWORD@|eyJhbGciOiJub25lIn0'

check-secrets: .venv/dev-installed
	$(call verdict,secrets,git rev-parse --git-dir && $(SCAN) $$(git ls-files))

check-page: .venv/dev-installed $(PAGE)
	$(call verdict,page,$(BIN)/python frontend/hatch_build.py check)

# It says of how many libraries advisories could be asked: where there is no network, of none, and nothing fails.
audit: .venv/dev-installed
	@if said=$$($(BIN)/python -m tests.security.advisories 2>&1); then echo "ok      advisories: $$said"; \
		else echo "FAILED  advisories: $$said"; exit 1; fi

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url $(UPGRADE)

lock: .venv/dev-installed
	@$(COMPILE) pyproject.toml --extra dev --output-file requirements/dev.txt
	@$(COMPILE) pyproject.toml --extra build --extra embedded --constraints requirements/dev.txt \
		--output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --constraints requirements/dev.txt --output-file requirements/server.txt

# Where the demo of this checkout keeps its data, as backend/embedded/state.py chooses it.
clean:
	@if [ -n "$$EMP_STATE_DIR" ]; then state=$$EMP_STATE_DIR; elif [ "$$(id -u)" = 0 ]; then state=/var/lib/account-desk; \
		else state="$${XDG_STATE_HOME:-$$HOME/.local/state}/account-desk"; fi; \
		rm -rf "$$state/$$(pwd -P | tr -d '\n' | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-8)"
	@rm -rf .venv .run dist backend/page frontend/node_modules artefacts .mypy_cache .ruff_cache .import_linter_cache
	@find backend frontend tests -name __pycache__ -prune -exec rm -rf {} +
