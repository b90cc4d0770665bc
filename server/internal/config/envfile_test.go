package config_test

import (
	"slices"
	"strings"
	"testing"

	"mangosense/server/internal/config"
)

// Each is what systemd makes of it (systemd.exec(5), EnvironmentFile=).
func TestEnvFileIsReadAsSystemdReadsIt(t *testing.T) {
	for text, want := range map[string]string{
		"PORT=8000\n":                            "PORT=8000",
		"PORT=8000":                              "PORT=8000",
		"  PORT = 8000  \n":                      "PORT=8000",
		"A=a b c\n":                              "A=a b c",
		"A=$HOME/`id`/$(id)/%h/~\n":              "A=$HOME/`id`/$(id)/%h/~",
		"A='a  $b \"c\" \\d'\n":                  `A=a  $b "c" \d`,
		"A=\"a  \\$b \\\"c\\\" \\\\ \\d `e`\"\n": `A=a  $b "c" \ \d ` + "`e`",
		"A=a\\ b\\$c\\\\\n":                      `A=a b$c\`,
		"A=a\\\n  b\n":                           "A=a  b",
		"A=\"a\\\nb\"\n":                         "A=ab",
		"A='a\nb'\nB=1\n":                        "A=a\nb|B=1",
		"A='a'\"b\"\n":                           "A=ab",
		"A=it's\n":                               "A=it's",
		"A=\n":                                   "A=",
		"A=''\n":                                 "A=",
		"A=1=2\n":                                "A=1=2",
		"A=a # no comment\n":                     "A=a # no comment",
		"# A=1\n; B=2\n  # C=3\n\nD=4\n":         "D=4",
		"A=1\r\nB=2\r\n":                         "A=1|B=2",
		"A=1\nA=2\n":                             "A=1|A=2",
		"A='open\nB=2":                           "A=open\nB=2",
		"A=\"quoted\"   \n":                      "A=quoted",
		"export PORT=1\nnothing\n1A=2\nB=3\n\xef=1": "B=3",
		"":              "",
		"A=\xff\nB=1\n": "B=1",
	} {
		settings, left := config.ParseEnvFile(text)
		var got []string
		for _, s := range settings {
			got = append(got, s.Name+"="+s.Value)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q is %q, want %q", text, strings.Join(got, "|"), want)
		}
		if strings.HasPrefix(text, "export") && len(left) != 4 {
			t.Errorf("left out of %q: %v", text, left)
		}
	}
	_, left := config.ParseEnvFile("PORT=1\n\nexport QUEUE=2\n")
	if !slices.ContainsFunc(left, func(e error) bool { return strings.HasPrefix(e.Error(), "line 3: ") }) {
		t.Errorf("the line is not named: %v", left)
	}
}

func FuzzParseEnvFile(f *testing.F) {
	for _, seed := range []string{"A=1\n", "A='\n", "A=\\", "=\n", "\"", "A=\"\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		settings, _ := config.ParseEnvFile(text)
		for _, s := range settings {
			if s.Name == "" || strings.ContainsAny(s.Name, "= \n\x00") || strings.ContainsRune(s.Value, 0) {
				t.Errorf("%q gives %q", text, s)
			}
		}
	})
}
