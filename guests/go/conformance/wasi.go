// The host's functions for a guest in Go, declared as the canonical ABI defines them, without generated bindings.
package main

import (
	"structs"
	"unsafe"
)

// Results that the host writes to memory: a tag (0: success, or no value), then a value. An address there has 32 bits,
// but not in Go.
type (
	result struct {
		_      structs.HostLayout
		tag    uint8
		handle uint32
	}
	text struct {
		_      structs.HostLayout
		tag    uint8
		at     uint32
		length uint32
	}
	room struct {
		_     structs.HostLayout
		tag   uint8
		count uint64
	}
	list struct {
		_      structs.HostLayout
		at     uint32
		length uint32
	}
	entry struct {
		_           structs.HostLayout
		name        uint32
		nameLength  uint32
		value       uint32
		valueLength uint32
	}
	outcome [8]uint64 // room for any error code
)

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func appendField(fields uint32, name unsafe.Pointer, nameLength uint32, value unsafe.Pointer, valueLength uint32, end *outcome)

//go:wasmimport wasi:http/types@0.2.12 [method]fields.entries
func fieldEntries(fields uint32, entries *list)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.method
func requestMethod(request uint32, method *text)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.path-with-query
func requestTarget(request uint32, target *text)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.headers
func requestFields(request uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-request.consume
func requestBody(request uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-body.stream
func incomingStream(body uint32, stream *result)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-response
func newResponse(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-response.set-status-code
func setStatus(response, status uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-response.body
func responseBody(response uint32, body *result)

//go:wasmimport wasi:http/types@0.2.12 [static]response-outparam.set
func respond(out, failed, response, _ uint32, _ uint64, _, _, _, _ uint32)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]response-outparam
func dropOut(out uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-body.write
func bodyStream(body uint32, stream *result)

//go:wasmimport wasi:http/types@0.2.12 [static]outgoing-body.finish
func finishBody(body, hasTrailers, trailers uint32, end *outcome)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.blocking-read
func readStream(stream uint32, most uint64, part *text)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.check-write
func checkWrite(stream uint32, free *room)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.write
func writeStream(stream uint32, content unsafe.Pointer, length uint32, end *outcome)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.subscribe
func writable(stream uint32) uint32

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]output-stream
func dropStream(stream uint32)

//go:wasmimport wasi:io/poll@0.2.12 [method]pollable.block
func block(pollable uint32)

//go:wasmimport wasi:io/poll@0.2.12 [resource-drop]pollable
func dropPollable(pollable uint32)

//go:wasmimport wasi:clocks/monotonic-clock@0.2.12 subscribe-duration
func afterNanoseconds(duration uint64) uint32

// The preview 1 adapter allocates memory here before Go's runtime has started, and the host does so while Go waits for
// it. So this memory is not from Go's heap: an allocation there could move a stack into which the host is about to
// write.
//
//go:wasmexport cabi_realloc
func allocate(_ unsafe.Pointer, _, align, size uintptr) unsafe.Pointer {
	start := (used + align - 1) &^ (align - 1)
	used = start + size
	_ = arena[:used] // fails if there is no room; an allocation of 0 bytes has an address too
	return unsafe.Pointer(&arena[start])
}

var (
	arena [256 << 10]byte
	used  uintptr
)

func wait(pollable uint32) {
	block(pollable)
	dropPollable(pollable)
}

func at[T any](address, length uint32) []T {
	return unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(nil), address)), length)
}

func bytesOf(address, length uint32) []byte {
	if length == 0 {
		return nil
	}
	return append([]byte(nil), at[byte](address, length)...)
}

func entriesOf(fields list) (entries [][2]string) {
	for _, field := range at[entry](fields.at, fields.length) {
		entries = append(entries, [2]string{string(bytesOf(field.name, field.nameLength)), string(bytesOf(field.value, field.valueLength))})
	}
	return entries
}

func fieldsOf(pairs ...string) uint32 {
	var end outcome
	fields := newFields()
	for n := 0; n < len(pairs); n += 2 {
		name, value := pairs[n], pairs[n+1]
		appendField(fields, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(unsafe.StringData(value)), uint32(len(value)), &end)
	}
	return fields
}

// The head of an answer may be set before or after its body is written.
type answer struct{ response, body, stream uint32 }

func prepare(status int, fields uint32) answer {
	var body, stream result
	response := newResponse(fields)
	setStatus(response, uint32(status))
	responseBody(response, &body)
	bodyStream(body.handle, &stream)
	return answer{response, body.handle, stream.handle}
}

func (a answer) give(out uint32) answer {
	respond(out, 0, a.response, 0, 0, 0, 0, 0, 0)
	return a
}

func (a answer) send(content []byte) answer {
	var free room
	var end outcome
	for len(content) > 0 {
		if checkWrite(a.stream, &free); free.tag != 0 {
			return a
		}
		part := min(uint64(len(content)), free.count)
		if part == 0 {
			wait(writable(a.stream))
			continue
		}
		writeStream(a.stream, unsafe.Pointer(&content[0]), uint32(part), &end)
		content = content[part:]
	}
	return a
}

func (a answer) finish() { a.finishWith(0, 0) }

func (a answer) finishWith(hasTrailers, trailers uint32) {
	var end outcome
	dropStream(a.stream)
	finishBody(a.body, hasTrailers, trailers, &end)
}
