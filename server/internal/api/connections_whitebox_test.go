package api

import (
	"bufio"
	"bytes"
	"net/http"
	"testing"
)

// The refusal is a whole answer that clients can read.
func TestRefusalIsAnAnswer(t *testing.T) {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(Refusal())), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusServiceUnavailable || !resp.Close || resp.Header.Get("Retry-After") == "" || !bytes.Contains(body.Bytes(), []byte(`"success":false`)) {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, &body)
	}
}
