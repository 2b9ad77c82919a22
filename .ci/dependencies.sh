#!/usr/bin/env bash
# Lists the modules that each package of the library compiles. A difference from .ci/dependencies.txt, which
# holds the list that was reviewed, fails the run:
#
#	.ci/dependencies.sh >.ci/dependencies.txt
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(go list ./... | grep -v /examples/ | grep -v /internal/); do
	printf '%s\n' "${package#github.com/warehousekit/}"
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}' "$package" |
		sort -u | sed '/^$/d; s/^/\t/'
done
