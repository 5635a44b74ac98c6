package main

import (
	"fmt"
	"os"

	"example.com/{{name}}/internal/wasihttp"
)

// An instance is made for each request: nothing is kept from one call to the next.
func init() { wasihttp.Handle(answer) }

func answer(r *wasihttp.Request) *wasihttp.Response {
	fmt.Println(r.Method, r.URL.Path) // read it with: faasta logs {{name}}

	switch r.URL.Path {
	case "/":
		return wasihttp.Text(200, os.Getenv("GREETING")+" from {{name}}\n")
	case "/upstream":
		return upstream(os.Getenv("UPSTREAM"))
	default:
		return wasihttp.Text(404, "there is nothing here\n")
	}
}

// upstream answers with the answer of another server, while it arrives. [allow] in faasta.toml lists the servers.
func upstream(url string) *wasihttp.Response {
	response, err := wasihttp.Get(url)
	if err != nil {
		return wasihttp.Text(502, url+": "+err.Error()+"\n")
	}
	return &wasihttp.Response{Status: response.Status, Body: response.Body}
}

// main is not called: the host calls the handler.
func main() {}
