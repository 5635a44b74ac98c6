//go:build wasip1

package wasihttp

import (
	"structs"
	"unsafe"
)

// The host's functions, as the canonical ABI defines them. Results are written to memory that the caller names.

// result is a result of a handle: a tag (0: success), then the handle.
type result struct {
	_      structs.HostLayout
	tag    uint32
	handle uint32
}

// text is an option or a result of a text or of a list of bytes, or a variant with a text: a tag, then the text.
type text struct {
	_      structs.HostLayout
	tag    uint32
	data   uint32
	length uint32
}

// entries is a list of fields: name and value of each.
type entries struct {
	_      structs.HostLayout
	data   uint32
	length uint32
}

// outcome has room for any result with an error code in it.
type outcome [8]uint64

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.method
func requestMethod(request uint32, method *text)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.path-with-query
func requestPath(request uint32, path *text)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.scheme
func requestScheme(request uint32, scheme *[4]uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.authority
func requestAuthority(request uint32, authority *text)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.headers
func requestHeaders(request uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.consume
func consumeRequest(request uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func appendField(fields uint32, name unsafe.Pointer, nameLength uint32, value unsafe.Pointer, valueLength uint32, done *outcome)

//go:wasmimport wasi:http/types@0.2.12 [method]fields.entries
func fieldEntries(fields uint32, all *entries)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]fields
func dropFields(fields uint32)

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
func finishBody(body, hasTrailers, trailers uint32, done *outcome)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.blocking-write-and-flush
func writeAndFlush(stream uint32, data unsafe.Pointer, length uint32, done *outcome)

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
func send(request, hasOptions, options uint32, future *outcome)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.subscribe
func subscribe(future uint32) uint32

//go:wasmimport wasi:io/poll@0.2.12 [method]pollable.block
func block(pollable uint32)

//go:wasmimport wasi:io/poll@0.2.12 [resource-drop]pollable
func dropPollable(pollable uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.get
func futureGet(future uint32, response *outcome)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]future-incoming-response
func dropFuture(future uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.status
func responseStatus(response uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.headers
func responseHeaders(response uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.consume
func consumeResponse(response uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-body.stream
func inputStream(body uint32, stream *result)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.blocking-read
func read(stream uint32, most uint64, data *text)

// The host allocates memory here for texts. Before Go's runtime has started, the adapter of preview 1 does the same, so
// the first part is not from Go's heap. Blocks of the heap are kept until takeBlock has copied them.
//
//go:wasmexport cabi_realloc
func allocate(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if started && old == nil {
		block := make([]uint64, size/8+1)
		blocks = append(blocks, block)
		return unsafe.Pointer(&block[0])
	}
	start := (used + align - 1) &^ (align - 1)
	used = start + size
	return unsafe.Pointer(&arena[:used][start])
}

var (
	arena   [256 << 10]byte
	used    uint32
	started bool
	blocks  [][]uint64
)

// copied returns a copy of a text that the host has written.
func copied(data, length uint32) string {
	if length == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(data))), length))
}

func (t *text) String() string {
	defer freeBlocks()
	return copied(t.data, t.length)
}

// given is false if an option has no text, or if a result is an error.
func (t *text) given() bool   { return byte(t.tag) == 1 }
func (t *text) isError() bool { return byte(t.tag) != 0 }

func freeBlocks() { blocks = nil }

func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
func length(s string) uint32          { return uint32(len(s)) }
