package app

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

var update = flag.Bool("update", false, "write docs/limits.md")

// limitsPage is docs/limits.md: the rows are declared where the bounds are kept.
func limitsPage() string {
	var b strings.Builder
	b.WriteString("# What a client may hold, cost and fill\n\n" +
		"A client is an address (IPv6: a /48), and an account where one is known; behind a proxy of `TRUSTED_PROXIES` it is the address\n" +
		"that the proxy names. Shares count only while another client wants something: many people behind one address are served as\n" +
		"long as there is room. Options are in [config.md](config.md). `make siege` tries all of it at once.\n" +
		"This page is made from the program's own bounds by `make docs`; a test fails when it is out of date.\n")
	for _, part := range []struct {
		title string
		rows  [][]mango.Limit
	}{
		{"Hold", [][]mango.Limit{ConnectionLimits, api.MemoryLimits, api.BodyLimits, store.PageLimits}},
		{"Cost", [][]mango.Limit{api.WorkLimits, diagnose.LineLimits, api.LoginLimits, api.PagesLimits, RequestLimits}},
		{"Fill", [][]mango.Limit{store.QuotaLimits, store.SessionLimits, store.ReplyLimits}},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| what | bound | beyond it |\n| --- | --- | --- |\n", part.title)
		for _, rows := range part.rows {
			for _, r := range rows {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Of, r.Bound, r.Then)
			}
		}
	}
	return b.String()
}

func TestLimitsPage(t *testing.T) {
	const page = "../../../docs/limits.md"
	want := limitsPage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/limits.md is out of date: run `make docs`")
	}
}
