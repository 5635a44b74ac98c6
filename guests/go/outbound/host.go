package main

import (
	"strconv"
	"strings"
	"structs"
	"unsafe"
)

// The host's functions, as the canonical ABI defines them.

// result is written to memory by a call of the host: a tag (0: success), then a handle.
type result struct {
	_      structs.HostLayout
	tag    uint32
	handle uint32
}

// outcome has room for any result with an error code in it.
type outcome [8]uint64

// optionalText is an option of a string, or a result of a list of bytes: a tag, then address and length.
type optionalText struct {
	_      structs.HostLayout
	tag    uint32
	data   uint32
	length uint32
}

func (o *optionalText) text() string {
	if byte(o.tag) == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(o.data))), o.length))
}

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.path-with-query
func requestPath(request uint32, path *optionalText)

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func appendField(fields uint32, name unsafe.Pointer, nameLength uint32, value unsafe.Pointer, valueLength uint32, result *outcome)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-response
func newResponse(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-response.set-status-code
func setStatus(response, status uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-response.body
func responseBody(response uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [static]response-outparam.set
func respond(out, failed, response, _ uint32, _ uint64, _, _, _, _ uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-body.write
func bodyStream(body uint32, stream *result)

//go:wasmimport wasi:http/types@0.2.12 [static]outgoing-body.finish
func finish(body, hasTrailers, trailers uint32, result *outcome)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.blocking-write-and-flush
func writeAndFlush(stream uint32, text unsafe.Pointer, length uint32, result *outcome)

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]output-stream
func dropOutput(stream uint32)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-request
func newRequest(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-method
func setMethod(request, method uint32, other unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-scheme
func setScheme(request, given, scheme uint32, other unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-authority
func setAuthority(request, given uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-path-with-query
func setPath(request, given uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.body
func requestBody(request uint32, body *result)

//go:wasmimport wasi:http/outgoing-handler@0.2.12 handle
func ask(request, hasOptions, options uint32, result *outcome)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.subscribe
func subscribe(future uint32) uint32

//go:wasmimport wasi:io/poll@0.2.12 [method]pollable.block
func block(pollable uint32)

//go:wasmimport wasi:io/poll@0.2.12 [resource-drop]pollable
func dropPollable(pollable uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.get
func futureGet(future uint32, result *outcome)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]future-incoming-response
func dropFuture(future uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.status
func responseStatus(response uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.consume
func consume(response uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-response
func dropResponse(response uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-body.stream
func inputStream(body uint32, stream *result)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-body
func dropBody(body uint32)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.blocking-read
func read(stream uint32, most uint64, result *optionalText)

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]input-stream
func dropInput(stream uint32)

const piece = 4096 // bytes of one blocking write

var padding = strings.Repeat("x", piece)

func bytesOf(text string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(text)) }

// errorCode is the position of an error in the list of wasi:http.
type errorCode byte

var errorNames = [...]string{"DNS-timeout", "DNS-error", "destination-not-found", "destination-unavailable",
	"destination-IP-prohibited", "destination-IP-unroutable", "connection-refused", "connection-terminated", "connection-timeout",
	"connection-read-timeout", "connection-write-timeout", "connection-limit-reached", "TLS-protocol-error",
	"TLS-certificate-error", "TLS-alert-received", "HTTP-request-denied"}

func (e errorCode) Error() string {
	if int(e) < len(errorNames) {
		return errorNames[e]
	}
	return "error " + strconv.Itoa(int(e))
}

// The preview 1 adapter allocates memory here before Go's runtime has started, so this memory is not from Go's heap.
// Later the host may allocate memory for texts. An instance lives for one call only, so no memory is freed.
//
//go:wasmexport cabi_realloc
func allocate(_ unsafe.Pointer, _, align, size uintptr) unsafe.Pointer {
	start := (used + align - 1) &^ (align - 1)
	used = start + size
	return unsafe.Pointer(&arena[:used][start])
}

var (
	arena [1 << 20]byte
	used  uintptr
)
