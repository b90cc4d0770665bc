package codec_test

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/values.txt
var goldenText string

// golden is a line for each value: its name and its bytes. A change of a stored
// form adds a version and a line; no line ever changes.
func golden(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for line := range strings.Lines(goldenText) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		lines[line[:at]] = strings.TrimSpace(line[at:])
	}
	return lines
}
