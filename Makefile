# Commands for working on warehousekit. .ci/run uses the same ones.
include .ci/tools.env
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Examples and tests with dependencies of their own are modules of their own.
modules := $(patsubst %/go.mod,%,$(wildcard examples/*/go.mod examples/*/*/go.mod internal/*/go.mod))

# $(call each,DIRS,COMMAND) runs COMMAND in each of DIRS.
each = for dir in $(1); do echo "-- $$dir: $(2)"; (cd "$$dir" && $(2)) || exit 1; done

.PHONY: help
help: ## list the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 20

.PHONY: test
test: ## run the tests of the library
	go test ./...

.PHONY: race
race: ## run them with the race detector
	go test -race ./...

.PHONY: nocgo
nocgo: ## run them without cgo
	CGO_ENABLED=0 go test ./...

.PHONY: examples
examples: ## run the tests of the examples and of goose, which are modules of their own
	@$(call each,$(modules),go test -race ./...)

.PHONY: webui
webui: ## run the browser tests of the web component, which take minutes and need npm
	cd httpapi/webui/browsertest && npm ci --ignore-scripts --no-audit --no-fund && go test ./...

.PHONY: lint
lint: ## check format, go.mod files, vet for three systems, staticcheck, golangci-lint
	@unformatted=$$(gofmt -l .); [[ -z $$unformatted ]] || { echo "not formatted:"; echo "$$unformatted"; exit 1; }
	@$(call each,. $(modules),go mod tidy -diff)
	@$(call each,. $(modules),go vet ./...)
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	@$(call each,. $(modules),go run $(staticcheck) ./...)
	go run $(golangci) run ./...

.PHONY: api
api: ## rewrite .ci/api.txt and .ci/dependencies.txt, for review
	bash .ci/api.sh >.ci/api.txt
	bash .ci/dependencies.sh >.ci/dependencies.txt

.PHONY: api-check
api-check: ## compare the exported API and the compiled modules with those files
	bash .ci/api.sh | diff -u .ci/api.txt -
	bash .ci/dependencies.sh | diff -u .ci/dependencies.txt -

.PHONY: openapi
openapi: ## lint the OpenAPI document, and test a client generated from it
	REDOCLY_TELEMETRY=off npx --yes $(redocly) lint httpapi/openapi.yaml --config httpapi/redocly.yaml
	bash .ci/openapi-client.sh

.PHONY: fuzz
fuzz: fuzztime ?= 5s
fuzz: ## run each fuzz target for fuzztime=5s
	@go list ./... | while read -r package; do \
		targets=$$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); \
		for target in $$targets; do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(fuzztime) "$$package"; \
		done; \
	done

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: ci
ci: ## run everything that has to pass before a change lands, on Debian as root
	bash .ci/run
