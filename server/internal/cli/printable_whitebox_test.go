package cli

import "testing"

// TestPrintable: a file's name cannot move the cursor, forge a line or turn text
// round.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"IMG 1 (ñ) 葉.jpg": "IMG 1 (ñ) 葉.jpg", "\x1b[2Ja.jpg": `\x1b[2Ja.jpg`, "a\rb": `a\rb`, "a\x9b31mb": `a\x9b31mb`,
		"a\u009b31mb": `a\u009b31mb`, "gpj.\u202eexe": `gpj.\u202eexe`, "Pe\xf1a.jpg": `Pe\xf1a.jpg`, "\ufffd": "\ufffd",
	} {
		if got := printableName(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := printableName("a\nb"); got != `a\nb` {
		t.Errorf("a name of two lines is shown as %q", got)
	}
	if got := printable("one\ntwo\x1b"); got != "one\ntwo\\x1b" {
		t.Errorf("two errors are shown as %q", got)
	}
}
