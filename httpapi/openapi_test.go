package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/warehousekit/warehousekit/httpapi"
)

var published = sync.OnceValues(loadDocument)

func loadDocument() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(openapi3.NewLoader().Context)
}

func document(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := published()
	if err != nil {
		t.Fatalf("the document is not valid: %v", err)
	}
	return doc
}

// documentWithPassword returns the document with a sensitive field added to the config.
func documentWithPassword(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := loadDocument()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"NewConnection", "Replacement", "Change"} {
		doc.Components.Schemas[name].Value.Properties["password"] = openapi3.NewStringSchema().NewRef()
	}
	return doc
}

func TestOpenAPIPaths(t *testing.T) {
	t.Parallel()
	doc := document(t)
	documented := make(map[string]string)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			documented[method+" "+path] = fmt.Sprint(operation.Extensions["x-action"])
		}
	}
	served := make(map[string]string)
	s := newServer(t, options{authorize: func(r *http.Request, action action) (caller, error) {
		path := strings.Replace(strings.TrimPrefix(r.URL.Path, mount), "/wc_abc123/", "/{id}/", 1)
		served[r.Method+" "+path] = string(action)
		return caller{}, httpapi.Forbidden()
	}})
	for _, path := range []string{"/", "/types/", "/types/test/", "/wc_abc123/", "/wc_abc123/test/", "/wc_abc123/test/test/", "/wc_abc123/tests/"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "get", "Post"} {
			s.send(method, path, "")
		}
	}
	equal(t, "served (+) and documented (-)", documented, served)
}

func TestOpenAPICopies(t *testing.T) {
	t.Parallel()
	mine := httpapi.OpenAPI()
	clear(mine)
	if theirs := httpapi.OpenAPI(); bytes.Equal(mine, theirs) || !bytes.HasPrefix(theirs, []byte("openapi: 3.1.")) {
		t.Error("OpenAPI returned the same bytes twice")
	}
}

func TestOpenAPIAdditionalProperties(t *testing.T) {
	t.Parallel()
	open := []string{"BadRequest", "FieldErrors", "StatusRule"} // a union, a map, and a rule about named members
	for name, schema := range document(t).Components.Schemas {
		if !schema.Value.Type.Is("object") || slices.Contains(open, name) {
			continue
		}
		if allowed := schema.Value.AdditionalProperties.Has; allowed == nil || *allowed {
			t.Errorf("schema %s allows additional properties", name)
		}
	}
}

func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	doc := document(t)
	content := func(responses *openapi3.Responses) *openapi3.MediaType {
		return responses.Status(http.StatusOK).Value.Content["application/json"]
	}
	list := content(doc.Paths.Value("/").Get.Responses)
	detail := content(doc.Paths.Value("/{id}/").Get.Responses)
	test := content(doc.Paths.Value("/{id}/test/").Post.Responses)
	for _, example := range []struct {
		name string
		of   *openapi3.MediaType
		want string
	}{
		{"none", list, "[]"},
		{"one", list, "[" + exampleObject + "]"},
		{"connected", detail, exampleObject},
		{"success", test, exampleSuccess},
		{"failure", test, exampleFailure},
	} {
		var want any
		if err := json.Unmarshal([]byte(example.want), &want); err != nil {
			t.Fatal(err)
		}
		equal(t, "the example "+example.name, want, example.of.Examples[example.name].Value.Value)
	}
}
