#!/usr/bin/env bash
# Generates a client from the OpenAPI document, and drives the API with it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned, so that a new release of a tool is seen in review.
generator=github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2
runtime=github.com/oapi-codegen/runtime@v1.8.0

module=$PWD
client=$(mktemp -d)
trap 'rm -rf "$client"' EXIT

cp httpapi/testdata/client/flow_test.go "$client"
mkdir "$client/api"
go run "$generator" -generate types,client -package api -o "$client/api/api.go" httpapi/openapi.yaml

cd "$client"
# What the library requires is what the client runs with.
sed 's|^module .*|module warehousekit.test/client|' "$module/go.mod" >go.mod
cp "$module/go.sum" .
go mod edit -require github.com/warehousekit/warehousekit@v0.0.0 -replace "github.com/warehousekit/warehousekit=$module"
go get "$runtime"
go mod tidy
go vet ./...
go test -race ./...
