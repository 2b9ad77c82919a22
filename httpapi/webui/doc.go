// Package webui serves a page for customers as one custom element: connect a warehouse, run the setup script,
// test, and manage the connection.
//
// Mount the handler at any prefix:
//
//	mux.Handle("/warehouse-ui/", webui.NewHandler())
//
// and put the element into a page of the host:
//
//	<script type="module" src="/warehouse-ui/warehouse-connection.js"></script>
//	<warehouse-connection api="/api/v1/organisations/8/integrations/warehouse-connections/"></warehouse-connection>
//
// The attribute api is the path at which the host mounted the handler of package httpapi. The files hold
// nothing about customers, so the handler needs no login. They load nothing from elsewhere, and work with
//
//	Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'
//
// The document internal/docs/webui.md describes the properties, the events, the texts and the theme.
package webui
