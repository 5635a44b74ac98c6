//go:build wasip1

package wasihttp

import (
	"io"
	"slices"
	"strconv"
)

// Do sends a request with its whole body, and returns the head of the response; its body is read as it arrives.
func Do(r *Request) (*Response, error) {
	request := newRequest(fieldsOf(r.Header))
	other, method := "", slices.Index(methods[:], r.Method)
	if method < 0 {
		other, method = r.Method, len(methods)
	}
	const http, https = 0, 1
	scheme := uint32(http)
	if r.URL.Scheme == "https" {
		scheme = https
	}
	path := r.URL.RequestURI()
	setMethod(request, uint32(method), pointer(other), length(other))
	setScheme(request, 1, scheme, nil, 0)
	setAuthority(request, 1, pointer(r.URL.Host), length(r.URL.Host))
	setPath(request, 1, pointer(path), length(path))
	var body result
	requestBody(request, &body)
	var begun outcome
	send(request, 0, 0, &begun)
	if byte(begun[0]) != 0 {
		return nil, errorCode(byte(begun[1]))
	}
	future := uint32(begun[1])
	if err := sendBody(body.handle, r.Body); err != nil {
		return nil, err
	}
	return await(future)
}

func await(future uint32) (*Response, error) {
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
	fields := responseHeaders(response)
	defer dropFields(fields)
	var body result
	consumeResponse(response, &body)
	return &Response{int(responseStatus(response)), headerOf(fields), newBody(body.handle)}, nil
}

// sendBody sends a body, which may be nil, and its end.
func sendBody(body uint32, content io.Reader) error {
	if content != nil {
		var stream result
		bodyStream(body, &stream)
		_, err := io.CopyBuffer(streamWriter(stream.handle), struct{ io.Reader }{content}, make([]byte, 16*partSize))
		dropOutput(stream.handle)
		if err != nil {
			return err
		}
	}
	var done outcome
	finishBody(body, 0, 0, &done)
	return nil
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
