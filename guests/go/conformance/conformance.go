// The paths of the conformance guests (guests/README.md) in Go.
package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

func main() {}

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, out uint32) {
	var line text
	requestTarget(request, &line)
	target := string(bytesOf(line.at, line.length))
	path, query, _ := strings.Cut(target, "?")
	wishes, _ := url.ParseQuery(query)
	number := func(name string, otherwise int) int {
		if value, err := strconv.Atoi(wishes.Get(name)); err == nil {
			return value
		}
		return otherwise
	}
	size, count := number("bytes", 0), number("n", 1)
	start := func(status int, pairs ...string) answer { return prepare(status, fieldsOf(pairs...)).give(out) }
	say := func(status int, words string) {
		start(status, "content-type", "text/plain").send([]byte(words)).finish()
	}
	sized := func(content []byte) { start(200, "content-length", strconv.Itoa(len(content))).send(content).finish() }

	switch path {
	case "/":
		say(200, "hello\n")
	case "/seen":
		say(200, seen(request, target))
	case "/count":
		length := 0
		read(request, func(part []byte) { length += len(part) })
		sized(fmt.Appendf(nil, "%d bytes\n", length))
	case "/echo":
		var content []byte
		read(request, func(part []byte) { content = append(content, part...) })
		start(200).send(content).finish()
	case "/relay":
		relayed := start(200)
		read(request, func(part []byte) { relayed.send(part) })
		relayed.finish()
	case "/unread":
		say(200, "not read\n")
	case "/status":
		if wishes.Has("length") {
			start(number("code", 200), "content-length", wishes.Get("length")).finish()
		} else {
			start(number("code", 200)).finish()
		}
	case "/unopened":
		respond(out, 0, newResponse(newFields()), 0, 0, 0, 0, 0, 0)
	case "/parts":
		parts := start(200)
		for range count {
			parts.send(bytes.Repeat([]byte("p"), size))
		}
		parts.finish()
	case "/sized":
		sized(bytes.Repeat([]byte("s"), size))
	case "/body-first":
		whole := prepare(200, newFields()).send(bytes.Repeat([]byte("f"), size))
		whole.finish()
		whole.give(out)
	case "/late":
		say(200, "answered\n")
		wait(afterNanoseconds(uint64(number("ms", 0)) * 1e6))
	case "/fail":
		panic("boom before the head")
	case "/fail-after":
		start(200).send([]byte("half of it"))
		wait(afterNanoseconds(200e6))
		panic("boom after the head")
	case "/error":
		respond(out, 1, 38, 0, 0, 0, 0, 0, 0) // internal-error, without a text
	case "/no-answer":
		dropOut(out)
	case "/head":
		var pairs []string
		for n := range count {
			pairs = append(pairs, fmt.Sprintf("x-head-%d", n), strings.Repeat("h", size))
		}
		start(200, pairs...).finish()
	case "/trailers":
		var announced []string
		if query != "quiet" {
			announced = []string{"trailer", "x-sum"}
		}
		start(200, announced...).send([]byte("summed\n")).finishWith(1, fieldsOf("x-sum", "7"))
	case "/cookies":
		start(200, "set-cookie", "a=1; path=/; httponly", "set-cookie", "b=2").finish()
	case "/redirect":
		start(302, "location", "/seen?from=a b").finish()
	default:
		say(404, "nothing here\n")
	}
}

// The request line, and the fields that a test may send.
func seen(request uint32, target string) string {
	var method text
	var fields list
	requestMethod(request, &method)
	var name string
	if names := strings.Fields("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH"); int(method.tag) < len(names) {
		name = names[method.tag]
	} else {
		name = string(bytesOf(method.at, method.length))
	}
	words := name + " " + target + "\n"
	fieldEntries(requestFields(request), &fields)
	for _, field := range entriesOf(fields) {
		if strings.HasPrefix(field[0], "x-") && !strings.HasPrefix(field[0], "x-f") && !strings.HasPrefix(field[0], "x-re") {
			words += field[0] + ": " + field[1] + "\n"
		}
	}
	return words
}

func read(request uint32, take func([]byte)) {
	var body, stream result
	var part text
	requestBody(request, &body)
	incomingStream(body.handle, &stream)
	mark := used
	for {
		if readStream(stream.handle, 1<<16, &part); part.tag != 0 {
			return
		}
		take(bytesOf(part.at, part.length))
		used = mark // the part was copied, so its memory is free
	}
}
