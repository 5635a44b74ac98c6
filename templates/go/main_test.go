package main

import (
	"io"
	"net/url"
	"testing"

	"example.com/{{name}}/internal/wasihttp"
)

func ask(t *testing.T, path string) (int, string) {
	t.Helper()
	response := answer(&wasihttp.Request{Method: "GET", URL: &url.URL{Path: path}})
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.Status, string(body)
}

func TestGreetsWithTheWord(t *testing.T) {
	t.Setenv("GREETING", "hi")
	if status, got := ask(t, "/"); status != 200 || got != "hi from {{name}}\n" {
		t.Errorf("got %d %q", status, got)
	}
}

func TestKnowsNoOtherPath(t *testing.T) {
	if status, _ := ask(t, "/nothing"); status != 404 {
		t.Errorf("got %d", status)
	}
}
