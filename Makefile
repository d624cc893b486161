# Each target makes the environment it needs, on first use and again when its lock changes.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= clients/python
PROTOC = PATH="$(CURDIR)/.venv-proto/bin:$$PATH" python -m grpc_tools.protoc -I protos
# Without an NVIDIA driver torch's CPU build does, unless pip already knows where to find wheels. It
# comes without Triton, whose interpreter tests the kernels.
TORCH = torch==2.13.0 $(shell command -v nvidia-smi >/dev/null || { echo triton==3.6.0; \
	$(PYTHON) -m pip config list | grep find-links >/dev/null \
	|| echo --extra-index-url https://download.pytorch.org/whl/cpu; })
# Threads of torch that wait by spinning make tests many times slower on busy cores.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: serve test robustness-short robustness gpu demo-model check lint proto lock environments
serve: .venv/stamp
	@$(BIN)/nemotron-vl serve $(ARGS)
test: environments
	$(BIN)/pytest -n logical --maxprocesses=4 --dist=loadfile -m "not gpu and not drawing and not robustness" $(ARGS)
gpu: .venv/stamp
	@$(BIN)/python -c "import sys, torch; torch.cuda.is_available() or sys.exit( \
	'make gpu needs an NVIDIA GPU that torch can use; none was found.')"
	$(BIN)/pytest -m gpu $(ARGS)
demo-model: .venv/stamp # the tests that draw, with what they draw with
	$(BIN)/pip install -q -r tools/demo_model/requirements.txt
	[ -f build/demo_model/assets/words.txt ] || $(BIN)/python -m tools.demo_model.fetch_assets
	$(BIN)/pytest -m drawing tools/demo_model
	$(BIN)/python -m tools.demo_model.digest
	tools/demo_model/state.sh >tools/demo_model/drawn
check: lint test robustness-short
robustness-short: .venv/stamp # by itself, since it compares waits with those of an idle server
	$(BIN)/pytest tests/robustness -m "robustness and not long" $(ARGS)
robustness: .venv/stamp
	$(BIN)/pytest tests/robustness $(ARGS)
lint: .venv/stamp
	$(BIN)/ruff format --check && $(BIN)/ruff check && $(BIN)/pyright && $(BIN)/buf lint
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null); if [ "$$tag" ]; then set -x; \
	$(BIN)/buf breaking --against ".git#tag=$$tag"; else echo "buf breaking: no release tag yet"; fi
environments: .venv/stamp .venv-proto/stamp .venv-ingest/stamp
proto: .venv-proto/stamp
	$(PROTOC) --python_out=$(OUT) --mypy_out=quiet:$(OUT) protos/nemotron_vl/v1/*.proto
	$(PROTOC) --grpc_python_out=$(OUT) --mypy_grpc_out=quiet:$(OUT) protos/nemotron_vl/v1/[im]*.proto
lock: # requirements/dev.txt: everything but torch and what comes with its CUDA build
	$(PYTHON) -m venv --clear .venv-lock && .venv-lock/bin/pip install -q $(TORCH)
	.venv-lock/bin/pip install -q ".[gateway,server,dev]"
	.venv-lock/bin/pip freeze >.venv-lock/all.txt
	grep -vE '^(nemotron-vl|torch|nvidia|cuda|triton)' .venv-lock/all.txt >requirements/dev.txt
	rm -rf .venv-lock
.venv/stamp: requirements/dev.txt pyproject.toml
	@echo "making .venv: a few minutes, once"
	$(PYTHON) -m venv .venv && $(BIN)/pip install -q $(TORCH) && $(BIN)/pip install -q -r $<
	$(BIN)/pip install -q --no-deps --no-build-isolation -e . && touch $@
.venv-%/stamp: requirements/%.txt
	$(PYTHON) -m venv .venv-$* && .venv-$*/bin/pip install -q -r $< && touch $@
