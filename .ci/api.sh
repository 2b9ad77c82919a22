#!/usr/bin/env bash
# Prints the exported API of each package of the library. CI compares it with .ci/api.txt, the reviewed one.
set -euo pipefail
cd "$(dirname "$0")/.."
CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go list ./... | grep -v -e /examples/ -e /internal/ |
	xargs go run ./internal/apitext
