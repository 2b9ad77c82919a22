package httpapi

import (
	"bytes"
	_ "embed"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document of the API as YAML. It describes the config of a Snowflake
// connection. Paths are relative to the mount: before publishing the document, set servers to the URL of the
// mount and security to the scheme of your login. The caller may modify the returned bytes.
func OpenAPI() []byte { return bytes.Clone(openAPI) }
