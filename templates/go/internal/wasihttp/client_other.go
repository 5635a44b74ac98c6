//go:build !wasip1

package wasihttp

import "errors"

// Do sends a request; only in a function.
func Do(*Request) (*Response, error) { return nil, errors.New("requests are sent only in a function") }
