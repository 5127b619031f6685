# Everything sets itself up: python3 with pip, and make, are all that a fresh Debian needs.
UV := .uv/bin/uv
RUN := $(UV) run --quiet --locked
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test test-long lint docs bench bench-server noise mutations clean

demo: $(UV)
	@$(RUN) --no-dev --extra demo vedette demo

test: lint
	@$(RUN) --all-extras pytest -n 2 --dist worksteal -m "not long"

test-long: $(UV)
	@$(RUN) --all-extras pytest -n 2 --dist worksteal -m long

lint: $(UV)
	@$(RUN) --all-extras ruff check
	@$(RUN) --all-extras mypy
	@$(RUN) --all-extras lint-imports

docs: $(UV)
	@$(RUN) --all-extras python -m docs.build

bench: $(UV)
	@$(RUN) --all-extras python -m benchmarks

bench-server: $(UV)
	@$(RUN) --all-extras python -m benchmarks.server

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
	rm -rf .uv .venv .noise .mypy_cache .ruff_cache .pytest_cache .hypothesis site
