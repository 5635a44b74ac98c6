//go:build wasip1

package wasihttp

import (
	"io"
	"net/url"
	"strings"
	"unsafe"
)

var methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, out uint32) {
	started = true
	answer := Text(400, "the address is not valid\n")
	if r, err := incoming(request); err == nil {
		answer = handler(r)
	}
	response := newResponse(fieldsOf(answer.Header))
	setStatus(response, uint32(answer.Status))
	var body result
	responseBody(response, &body)
	respond(out, 0, response, 0, 0, 0, 0, 0, 0)
	// A client that has gone away is no error of the function.
	_ = sendBody(body.handle, answer.Body)
}

func incoming(request uint32) (*Request, error) {
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
	if authority.given() {
		target.Host = authority.String()
	}
	var scheme [4]uint32
	requestScheme(request, &scheme)
	target.Scheme = "http"
	if byte(scheme[0]) == 1 && byte(scheme[1]) == 1 {
		target.Scheme = "https"
	}
	fields := requestHeaders(request)
	defer dropFields(fields)
	var body result
	consumeRequest(request, &body)
	return &Request{name, target, headerOf(fields), newBody(body.handle)}, nil
}

func headerOf(fields uint32) Header {
	header := Header{}
	var all entries
	fieldEntries(fields, &all)
	defer freeBlocks()
	if all.length == 0 {
		return header
	}
	for _, e := range unsafe.Slice((*[4]uint32)(unsafe.Pointer(uintptr(all.data))), all.length) {
		name := strings.ToLower(copied(e[0], e[1]))
		header[name] = append(header[name], copied(e[2], e[3]))
	}
	return header
}

func fieldsOf(header Header) uint32 {
	fields := newFields()
	for name, values := range header {
		for _, value := range values {
			var done outcome
			appendField(fields, pointer(name), length(name), pointer(value), length(value), &done)
		}
	}
	return fields
}

// body is the body of a request or of a response, while it arrives.
type body struct{ stream uint32 }

func newBody(handle uint32) io.Reader {
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
