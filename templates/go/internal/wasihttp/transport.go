//go:build wasip1

package wasihttp

import (
	"io"
	"net/http"
	"slices"
	"strconv"
)

func init() { http.DefaultTransport = Transport{} }

// Transport sends requests by the host. The host refuses servers that [allow] in faasta.toml does not list.
type Transport struct{}

// RoundTrip sends the request with its whole body, and returns the head of the response; its body is read as it arrives.
func (Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if r.ContentLength > 0 {
		header.Set("content-length", strconv.FormatInt(r.ContentLength, 10))
	}
	request := newRequest(fieldsOf(header))
	other, method := "", slices.Index(methods[:], r.Method)
	if r.Method == "" {
		method = 0
	} else if method < 0 {
		other, method = r.Method, len(methods)
	}
	const http1, https = 0, 1
	scheme := uint32(http1)
	if r.URL.Scheme == "https" {
		scheme = https
	}
	path := r.URL.RequestURI()
	setMethod(request, uint32(method), pointer(other), length(other))
	setScheme(request, 1, scheme, nil, 0)
	setAuthority(request, 1, pointer(r.URL.Host), length(r.URL.Host))
	setPath(request, 1, pointer(path), length(path))
	var body, stream result
	requestBody(request, &body)
	var begun outcome
	send(request, 0, 0, &begun)
	if byte(begun[0]) != 0 {
		return nil, errorCode(byte(begun[1]))
	}
	future := uint32(begun[1])
	bodyStream(body.handle, &stream)
	if r.Body != nil {
		defer r.Body.Close()
		if _, err := io.Copy(streamWriter(stream.handle), r.Body); err != nil {
			return nil, err
		}
	}
	dropOutput(stream.handle)
	var done outcome
	finishBody(body.handle, 0, 0, &done)
	return await(future, r)
}

func await(future uint32, r *http.Request) (*http.Response, error) {
	ready := subscribe(future)
	block(ready)
	dropPollable(ready)
	var got outcome // an option of a result of a result: three tags, each in a word of its own
	futureGet(future, &got)
	if byte(got[2]) != 0 {
		return nil, errorCode(byte(got[3]))
	}
	response := uint32(got[3])
	dropFuture(future)
	status := int(responseStatus(response))
	fields := responseHeaders(response)
	defer dropFields(fields)
	var body result
	consumeResponse(response, &body)
	return &http.Response{Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: headerOf(fields), Body: newBody(body.handle),
		ContentLength: -1, Request: r}, nil
}

// errorCode is the position of an error in the list of wasi:http.
type errorCode byte

var errorNames = [...]string{"DNS timeout", "DNS error", "destination not found", "destination unavailable",
	"destination IP prohibited", "destination IP unroutable", "connection refused", "connection terminated",
	"connection timeout", "connection read timeout", "connection write timeout", "connection limit reached",
	"TLS protocol error", "TLS certificate error", "TLS alert received", "HTTP request denied"}

func (e errorCode) Error() string {
	if int(e) < len(errorNames) {
		return errorNames[e]
	}
	return "error " + strconv.Itoa(int(e)) + " of wasi:http"
}
