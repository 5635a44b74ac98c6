//go:build wasip1

package wasihttp

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unsafe"
)

var methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, out uint32) {
	started = true
	w := &responseWriter{out: out, header: http.Header{}}
	r, err := incoming(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	} else {
		handler.ServeHTTP(w, r)
	}
	w.finish()
}

func incoming(request uint32) (*http.Request, error) {
	var method, path, authority text
	requestMethod(request, &method)
	name := ""
	if tag := int(byte(method.tag)); tag < len(methods) {
		name = methods[tag]
	} else {
		name = method.String()
	}
	requestPath(request, &path)
	target, err := url.ParseRequestURI(path.String())
	if err != nil {
		return nil, err
	}
	requestAuthority(request, &authority)
	host := ""
	if authority.given() {
		host = authority.String()
	}
	var scheme [4]uint32
	requestScheme(request, &scheme)
	target.Scheme, target.Host = "http", host
	if byte(scheme[0]) == 1 && byte(scheme[1]) == 1 {
		target.Scheme = "https"
	}
	fields := requestHeaders(request)
	defer dropFields(fields)
	var body result
	consumeRequest(request, &body)
	return &http.Request{Method: name, URL: target, Host: host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headerOf(fields), Body: newBody(body.handle), ContentLength: -1, RequestURI: target.RequestURI()}, nil
}

func headerOf(fields uint32) http.Header {
	header := http.Header{}
	var all entries
	fieldEntries(fields, &all)
	defer freeBlocks()
	if all.length == 0 {
		return header
	}
	for _, e := range unsafe.Slice((*[4]uint32)(unsafe.Pointer(uintptr(all.data))), all.length) {
		header.Add(copied(e[0], e[1]), copied(e[2], e[3]))
	}
	return header
}

func fieldsOf(header http.Header) uint32 {
	fields := newFields()
	for name, values := range header {
		for _, value := range values {
			var done outcome
			lower := strings.ToLower(name)
			appendField(fields, pointer(lower), length(lower), pointer(value), length(value), &done)
		}
	}
	return fields
}

// body is the body of a request or of a response, while it arrives.
type body struct{ stream uint32 }

func newBody(handle uint32) io.ReadCloser {
	var stream result
	inputStream(handle, &stream)
	return &body{stream.handle}
}

func (b *body) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var data text
	read(b.stream, uint64(len(p)), &data)
	if data.isError() {
		return 0, io.EOF
	}
	return copy(p, data.String()), nil
}

// Close does nothing: the instance ends after the call, and with it all streams.
func (b *body) Close() error { return nil }

// responseWriter sends the head at the first write, and the body in parts of 4096 bytes or at Flush.
type responseWriter struct {
	out, body, stream uint32
	header            http.Header
	parts             *bufio.Writer // nil: the head was not sent
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	if w.parts != nil {
		return
	}
	response := newResponse(fieldsOf(w.header))
	setStatus(response, uint32(status))
	var body, stream result
	responseBody(response, &body)
	respond(w.out, 0, response, 0, 0, 0, 0, 0, 0)
	bodyStream(body.handle, &stream)
	w.body, w.stream = body.handle, stream.handle
	w.parts = bufio.NewWriterSize(streamWriter(w.stream), partSize)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	if w.parts == nil {
		if w.header.Get("content-type") == "" {
			w.header.Set("content-type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	return w.parts.Write(p)
}

func (w *responseWriter) Flush() {
	w.WriteHeader(http.StatusOK)
	w.parts.Flush()
}

func (w *responseWriter) finish() {
	w.Flush()
	dropOutput(w.stream)
	var done outcome
	finishBody(w.body, 0, 0, &done)
}

const partSize = 4096 // bytes that one call of the host takes at most

// streamWriter sends bytes to an output stream of the host.
type streamWriter uint32

func (s streamWriter) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); sent += partSize {
		part := p[sent:min(sent+partSize, len(p))]
		var done outcome
		writeAndFlush(uint32(s), unsafe.Pointer(unsafe.SliceData(part)), uint32(len(part)), &done)
		if byte(done[0]) != 0 {
			return sent, io.ErrClosedPipe
		}
	}
	return len(p), nil
}
