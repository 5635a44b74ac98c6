// A function in ordinary Go without generated bindings: it declares the host's functions as the canonical ABI defines
// them.
package main

import (
	"structs"
	"unsafe"
)

// result is written to memory by a call of the host: a tag (0: success), then a handle.
type result struct {
	_      structs.HostLayout
	tag    uint32
	handle uint32
}

// outcome has room for any error code.
type outcome [8]uint64

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-response
func newResponse(fields uint32) uint32

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
func dropStream(stream uint32)

const text = "hello from faasta\n"

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, out uint32) {
	var body, stream result
	var end outcome
	response := newResponse(newFields())
	responseBody(response, &body)
	respond(out, 0, response, 0, 0, 0, 0, 0, 0)
	bodyStream(body.handle, &stream)
	writeAndFlush(stream.handle, unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)), &end)
	dropStream(stream.handle)
	finish(body.handle, 0, 0, &end)
}

// The preview 1 adapter allocates memory here before Go's runtime has started, so this memory is not from Go's heap.
// Later the host may allocate memory for the text of an error. An instance lives for one call only, so no memory is
// freed.
//
//go:wasmexport cabi_realloc
func allocate(_ unsafe.Pointer, _, align, size uintptr) unsafe.Pointer {
	start := (used + align - 1) &^ (align - 1)
	used = start + size
	return unsafe.Pointer(&arena[:used][start])
}

var (
	arena [256 << 10]byte
	used  uintptr
)

func main() {}
