package mounting

import (
	"net/http"

	"github.com/labstack/echo/v5"
)

// Echo mounts the API under echo.
func Echo(api http.Handler) http.Handler {
	const mount = "/api/v1/organisations/:organisation_pk/integrations/warehouse-connections"
	serve := func(c *echo.Context) error {
		c.Request().SetPathValue("organisation_pk", c.Param("organisation_pk"))
		api.ServeHTTP(c.Response(), c.Request())
		return nil
	}
	router := echo.New()
	router.Any(mount, serve)
	router.Any(mount+"/*", serve)
	return router
}
