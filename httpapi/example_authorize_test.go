package httpapi_test

import (
	"log"
	"net/http"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Browsers send session cookies with requests from other sites, too. CrossOriginProtection rejects them.
func Example_crossOriginProtection() {
	bySession := func(r *http.Request, _ warehouse.Action) (warehouse.Caller, error) {
		session, err := r.Cookie("session")
		if err != nil || session.Value != "ada's session" {
			return warehouse.Caller{}, httpapi.Unauthenticated("Session")
		}
		return warehouse.Caller{Organisation: "8", Actor: "ada"}, nil
	}
	api, err := httpapi.NewHandler(newService(nil), bySession, nil)
	if err != nil {
		log.Fatal(err)
	}
	protected := http.NewCrossOriginProtection().Handler(api)

	const body = `{"type":"fake"}`
	ask(protected, "POST", "/warehouse-connections/", body, "Cookie", "session=ada's session", "Sec-Fetch-Site", "cross-site")
	ask(protected, "POST", "/warehouse-connections/", body, "Cookie", "session=ada's session", "Sec-Fetch-Site", "same-origin")
	// Output:
	// 403 cross-origin request detected from Sec-Fetch-Site header
	// 400 {"account":["This field is required."]}
}
