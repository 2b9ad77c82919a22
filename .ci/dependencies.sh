#!/usr/bin/env bash
# Prints the modules that each package of the library compiles. CI compares them with .ci/dependencies.txt, the
# reviewed list.
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(go list ./... | grep -v /examples/ | grep -v /internal/); do
	printf '%s\n' "${package#github.com/warehousekit/}"
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}' "$package" |
		sort -u | sed '/^$/d; s/^/\t/'
done
