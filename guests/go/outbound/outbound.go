// Sends requests, in ordinary Go without generated bindings. `?url=` relays the answer of that URL; with `&size=N`, the
// request is a POST with a body of N bytes. `&times=N` sends N requests, one after the other, and returns the number of
// answers. A failure is a 502 with the reason.
package main

import (
	"fmt"
	"net/url"
	"strconv"
	"unsafe"
)

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, out uint32) {
	var path optionalText
	requestPath(request, &path)
	status, text := answer(path.text())
	var body, stream result
	var end outcome
	response := newResponse(newFields())
	setStatus(response, uint32(status))
	responseBody(response, &body)
	respond(out, 0, response, 0, 0, 0, 0, 0, 0)
	bodyStream(body.handle, &stream)
	write(stream.handle, text)
	dropOutput(stream.handle)
	finish(body.handle, 0, 0, &end)
}

func answer(path string) (int, string) {
	asked, err := url.Parse(path)
	if err != nil || asked.Query().Get("url") == "" {
		return 400, "where to? ?url=http://...\n"
	}
	query := asked.Query()
	size, _ := strconv.Atoi(query.Get("size"))
	if !query.Has("times") {
		status, text, err := send(query.Get("url"), size)
		if err != nil {
			return 502, err.Error() + "\n"
		}
		return status, text
	}
	times, _ := strconv.Atoi(query.Get("times"))
	failed, reason := 0, ""
	for range times {
		if _, _, err := send(query.Get("url"), size); err != nil {
			failed++
			reason = ", " + err.Error()
		}
	}
	text := fmt.Sprintf("%d answered, %d failed%s\n", times-failed, failed, reason)
	if failed > 0 {
		return 502, text
	}
	return 200, text
}

func send(to string, size int) (int, string, error) {
	target, err := url.Parse(to)
	if err != nil {
		return 0, "", err
	}
	fields := newFields()
	name, value := "content-length", strconv.Itoa(size)
	var end outcome
	appendField(fields, bytesOf(name), uint32(len(name)), bytesOf(value), uint32(len(value)), &end)
	request := newRequest(fields)
	const get, post, http, https = 0, 2, 0, 1
	method, scheme := uint32(get), uint32(http)
	if size > 0 {
		method = post
	}
	if target.Scheme == "https" {
		scheme = https
	}
	path := target.RequestURI()
	setMethod(request, method, nil, 0)
	setScheme(request, 1, scheme, nil, 0)
	setAuthority(request, 1, bytesOf(target.Host), uint32(len(target.Host)))
	setPath(request, 1, bytesOf(path), uint32(len(path)))
	var body, stream result
	requestBody(request, &body)
	var begun outcome
	ask(request, 0, 0, &begun)
	if byte(begun[0]) != 0 {
		return 0, "", errorCode(byte(begun[1]))
	}
	future := uint32(begun[1])
	bodyStream(body.handle, &stream)
	for sent := 0; sent < size; sent += piece {
		write(stream.handle, padding[:min(piece, size-sent)])
	}
	dropOutput(stream.handle)
	finish(body.handle, 0, 0, &end)
	ready := subscribe(future)
	block(ready)
	dropPollable(ready)
	var got outcome // an option of a result of a result: three tags, each in a word of its own
	futureGet(future, &got)
	if byte(got[2]) != 0 {
		return 0, "", errorCode(byte(got[3]))
	}
	response := uint32(got[3])
	status := int(responseStatus(response))
	text := readBody(response)
	dropFuture(future)
	return status, text, nil
}

func readBody(response uint32) string {
	var body, stream result
	consume(response, &body)
	inputStream(body.handle, &stream)
	text := ""
	for {
		var chunk optionalText
		read(stream.handle, 4096, &chunk)
		if byte(chunk.tag) != 0 {
			break
		}
		text += string(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(chunk.data))), chunk.length))
	}
	dropInput(stream.handle)
	dropBody(body.handle)
	dropResponse(response)
	return text
}

func write(stream uint32, text string) {
	var end outcome
	for start := 0; start < len(text); start += piece {
		part := text[start:min(start+piece, len(text))]
		writeAndFlush(stream, bytesOf(part), uint32(len(part)), &end)
	}
}

func main() {}
