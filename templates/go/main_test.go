package main

import (
	"net/http/httptest"
	"testing"
)

func TestGreetsWithTheWord(t *testing.T) {
	t.Setenv("GREETING", "hi")
	answer := httptest.NewRecorder()
	handler().ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if got, want := answer.Body.String(), "hi from {{name}}\n"; answer.Code != 200 || got != want {
		t.Errorf("got %d %q, want %q", answer.Code, got, want)
	}
}

func TestKnowsNoOtherPath(t *testing.T) {
	answer := httptest.NewRecorder()
	handler().ServeHTTP(answer, httptest.NewRequest("GET", "/nothing", nil))
	if answer.Code != 404 {
		t.Errorf("got %d", answer.Code)
	}
}
