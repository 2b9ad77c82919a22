// The document that describes what is served.

package httpapi

import (
	"bytes"
	_ "embed" // for the document
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document of the API, as YAML, with the config of a Snowflake connection and
// examples. It describes the paths that follow the mount; a host that publishes it puts its own mount, and the
// security scheme of its login, into servers and security. The bytes are the caller's.
func OpenAPI() []byte { return bytes.Clone(openAPI) }
