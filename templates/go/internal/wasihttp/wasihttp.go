// Package wasihttp connects Go with the interfaces of wasi:http: Handle takes the request of the host, and Get and Do send
// requests by the host. It does not use net/http, which makes a component four times as large.
package wasihttp

import (
	"io"
	"net/url"
	"strings"
)

// Header has the fields of a head. The names have small letters.
type Header map[string][]string

// Get returns the first value of a field, or "".
func (h Header) Get(name string) string {
	if values := h[strings.ToLower(name)]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Request is a request, from a client or to another server.
type Request struct {
	Method string
	URL    *url.URL
	Header Header
	Body   io.Reader // may be nil in a request to another server
}

// Response is an answer. Its body is sent, or read, while it arrives.
type Response struct {
	Status int
	Header Header
	Body   io.Reader // nil: an empty body
}

// Text returns a response with a text.
func Text(status int, text string) *Response {
	return &Response{status, Header{"content-type": {"text/plain; charset=utf-8"}}, strings.NewReader(text)}
}

var handler func(*Request) *Response

// Handle sets the function that answers the request. Call it in an init function.
func Handle(f func(*Request) *Response) { handler = f }

// Get sends a GET request. The host refuses servers that [allow] in faasta.toml does not list.
func Get(address string) (*Response, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return Do(&Request{Method: "GET", URL: target})
}
