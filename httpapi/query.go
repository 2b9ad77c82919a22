package httpapi

import (
	"net/http"
	"net/url"

	"github.com/warehousekit/warehousekit/warehouse"
)

// includesDiagnosis reports whether the query asks for the diagnosis, or returns the response to an invalid
// query. It ignores other parameters, which belong to the host's middleware.
func includesDiagnosis(rawQuery string, action warehouse.Action) (bool, *response) {
	if rawQuery == "" {
		return false, nil
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false, new(detail(http.StatusBadRequest, "Malformed query string."))
	}
	include, ok := values["include"]
	switch {
	case !ok:
		return false, nil
	case action != warehouse.ActionRead && action != warehouse.ActionTest:
		return false, new(fieldError("include", "This parameter is not available here."))
	case len(include) != 1 || include[0] != "diagnosis":
		return false, new(fieldError("include", `The only valid choice is "diagnosis", once.`))
	}
	return true, nil
}
