// The query: one parameter, on two actions.

package httpapi

import (
	"net/http"
	"net/url"

	"github.com/warehousekit/warehousekit/warehouse"
)

// includesDiagnosis reports whether the client asks for the diagnosis. Parameters other than include are
// left to the host's own middleware.
func includesDiagnosis(rawQuery string, action warehouse.Action) (bool, *answer) {
	if rawQuery == "" {
		return false, nil
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false, new(detail(http.StatusBadRequest, "Malformed query string."))
	}
	include, sent := values["include"]
	switch {
	case !sent:
		return false, nil
	case action != warehouse.ActionRead && action != warehouse.ActionTest:
		return false, new(fieldProblem("include", "This parameter is not available here."))
	case len(include) != 1 || include[0] != "diagnosis":
		return false, new(fieldProblem("include", `The only valid choice is "diagnosis", once.`))
	}
	return true, nil
}
