# Everything sets itself up: python3 with pip, and make, are all that a fresh Debian needs.
UV := .uv/bin/uv
RUN := $(UV) run --quiet --locked
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test test-long lint docs bench clean

demo: $(UV)
	@$(RUN) --no-dev --extra demo vedette demo

test: lint
	@$(RUN) --all-extras pytest -n 2 -m "not long"

test-long: $(UV)
	@$(RUN) --all-extras pytest -n 2 -m long

lint: $(UV)
	@$(RUN) --all-extras ruff check
	@$(RUN) --all-extras mypy
	@$(RUN) --all-extras lint-imports

docs: $(UV)
	@$(RUN) --all-extras python -m docs.build

bench: $(UV)
	@$(RUN) --all-extras python -m benchmarks

$(UV):
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .uv uv

clean:
	rm -rf .uv .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis site
