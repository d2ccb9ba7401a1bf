# Everything a person or CI runs. Nothing asks a question; nothing is written outside target/ and temporary directories.
CARGO ?= cargo

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.PHONY: demo
demo: ## start throwaway servers, diagnose four endpoints, show the reports, stop everything
	@tests/lab/demo.sh

.PHONY: test
test: lab-tools lint ## everything CI runs
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		echo '$(CARGO) nextest run' && $(CARGO) nextest run; \
	else \
		echo '$(CARGO) test (cargo-nextest is not installed)' && $(CARGO) test --lib --bins --tests; \
	fi
	$(CARGO) test --doc

.PHONY: lint
lint: ## formatting, clippy and, where it is installed, shellcheck
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	@if command -v shellcheck >/dev/null; then echo shellcheck && shellcheck -x -P . tests/lab/*.sh .ci/run; fi

.PHONY: lab-tools
lab-tools: ## fetch or build PostgreSQL and two PgBouncers into target/lab-tools (about half a minute, once)
	@tests/lab/tools.sh

.PHONY: bench
bench: lab-tools ## whole processes against psql, through a relay that adds 60 ms of round trip
	$(CARGO) bench --bench round_trip

.PHONY: bench-explain
bench-explain: ## explain on a log of 1 GB against ripgrep with the same patterns, and its start-up
	$(CARGO) bench --bench explain

.PHONY: bench-list
bench-list: ## inspect on lists of 10,000 and 1,000,000 settings: settings a second, memory
	$(CARGO) bench --bench list

.PHONY: bench-scan
bench-scan: ## scan on a repository of 100,000 files against ripgrep
	$(CARGO) bench --bench scan

.PHONY: docs
docs: ## write docs/ from the rules, stacks, errors and tiers
	UPDATE_DOCS=1 $(CARGO) test --quiet --test docs

.PHONY: fuzz
fuzz: ## every fuzz target for SECONDS_EACH seconds (default 60); needs cargo-fuzz and a nightly toolchain
	fuzz/run.sh

.PHONY: drivers
drivers: lab-tools ## run real drivers against the laboratory, and hold the profiles against them (ONLY=python,sqlx; installs packages, needs root)
	$(CARGO) build
	python3 tests/drivers/run.py
	$(CARGO) test --test verified --test driver_texts

.PHONY: clean
clean: ## remove what was built, the laboratory's tools too
	$(CARGO) clean
