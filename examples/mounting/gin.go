package mounting

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Gin mounts the API under gin.
func Gin(api http.Handler) http.Handler {
	const mount = "/api/v1/organisations/:organisation_pk/integrations/warehouse-connections"
	serve := func(c *gin.Context) {
		c.Request.SetPathValue("organisation_pk", c.Param("organisation_pk"))
		api.ServeHTTP(c.Writer, c.Request)
	}
	router := gin.New()
	router.Any(mount, serve)
	router.Any(mount+"/*rest", serve)
	return router
}
