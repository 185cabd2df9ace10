# Tillstream's tasks. `make demo` and `make test` need nothing but this file: they install what is missing, or say what it is.

# One target directory outside the clone, so that a second clone builds warm.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/tillstream/target

BINARY := $(CARGO_TARGET_DIR)/debug/tillstream
DEMO_ARGS ?=

.PHONY: help demo test check bench bench-peers soak build setup fmt

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## A year of a real shop's sales becomes live answers on http://127.0.0.1:8080
	$(BINARY) demo $(DEMO_ARGS)

test: setup ## All tests
	cargo test --workspace --locked

check: setup ## Formatting and lints, as errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench: setup ## Workloads W1-W6: events per CPU second, CPU seconds per million events, peak memory
	cargo build --locked --workspace --bin tillstream-bench
	$(CARGO_TARGET_DIR)/debug/tillstream-bench $(BENCH_ARGS)

bench-peers: setup ## The same on Kafka, in turn with Kafka Streams on the same broker and topics
	cargo build --locked --workspace --bin tillstream-bench
	$(CARGO_TARGET_DIR)/debug/tillstream-bench peers $(BENCH_ARGS)

soak: setup ## The long tests: hundreds of kills, thousands of seeds
	TILLSTREAM_SOAK=1 cargo test --workspace --locked -- --nocapture

build: setup
	cargo build --locked --bin tillstream

fmt:
	cargo fmt --all

setup:
	@scripts/setup.sh
