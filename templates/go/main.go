package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"example.com/{{name}}/internal/wasihttp"
)

// An instance is made for each request: nothing is kept from one call to the next.
func init() {
	log.SetFlags(0)
	wasihttp.Handle(handler())
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", hello)
	mux.HandleFunc("GET /upstream", upstream)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "there is nothing here", http.StatusNotFound)
	})
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	log.Println(r.Method, r.URL.Path) // read it with: faasta logs {{name}}
	fmt.Fprintf(w, "%s from {{name}}\n", os.Getenv("GREETING"))
}

// upstream answers with the answer of another server. [allow] in faasta.toml lists the servers.
func upstream(w http.ResponseWriter, r *http.Request) {
	response, err := http.Get(os.Getenv("UPSTREAM"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	io.Copy(w, response.Body)
}

// main is not called: the host calls the handler.
func main() {}
