// Package wasihttp connects net/http with the interfaces of wasi:http. Handle takes the requests of the host, and
// http.DefaultTransport, so also http.Get, sends requests by the host.
package wasihttp

import "net/http"

var handler http.Handler

// Handle sets the handler that answers the request. Call it in an init function.
func Handle(h http.Handler) { handler = h }
