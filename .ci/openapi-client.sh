#!/usr/bin/env bash
# Generates a client from the OpenAPI document, and tests the API with it.
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/tools.env

module=$PWD
client=$(mktemp -d)
trap 'rm -rf "$client"' EXIT

cp httpapi/testdata/client/flow_test.go "$client"
mkdir "$client/api"
go run "$oapi_codegen" -generate types,client -package api -o "$client/api/api.go" httpapi/openapi.yaml

cd "$client"
# The client uses the versions that the library requires.
sed 's|^module .*|module warehousekit.test/client|' "$module/go.mod" >go.mod
cp "$module/go.sum" .
go mod edit -require github.com/warehousekit/warehousekit@v0.0.0 -replace "github.com/warehousekit/warehousekit=$module"
go get "$oapi_runtime"
go mod tidy
go vet ./...
go test -race ./...
