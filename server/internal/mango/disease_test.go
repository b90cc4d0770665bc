package mango_test

import (
	"testing"

	"mangosense/server/internal/mango"
)

// TestCanonical: names as clients, training folders and people write them.
func TestCanonical(t *testing.T) {
	for name, want := range map[string]string{
		"sooty_mould": "Sooty Mold", "SOOTY MOULD": "Sooty Mold", " Sooty-Mold ": "Sooty Mold", "sootymold": "Sooty Mold", "Sooty\u00a0Mould": "Sooty Mold",
		"black_mould_rot": "Black Mold Rot", "Black Mold  Rot": "Black Mold Rot", "stem-end rot": "Stem end Rot", "Stem End Rot": "Stem end Rot",
		"anthracnose": "Anthracnose", "Die_Back": "Die Back", "dieback": "Die Back", "powdery mildew": "Powdery Mildew", "HEALTHY": "Healthy",
		"unknown": mango.Unknown, "red_rust": "red rust", "  Red   Rust ": "Red Rust", "": "", "  ": "", "???": "???",
	} {
		if got := mango.Canonical(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
		if again := mango.Canonical(mango.Canonical(name)); again != mango.Canonical(name) {
			t.Errorf("%q: a second time it is %q", name, again)
		}
		if !mango.SameClass(name, want) {
			t.Errorf("%q and %q are two classes", name, want)
		}
	}
	for _, pair := range [][2]string{{"Anthracnose", "Alternaria"}, {"Black Mold Rot", "Stem end Rot"}, {"", "Healthy"}, {"Unknown", ""}, {"???", "!!!"}} {
		if mango.SameClass(pair[0], pair[1]) {
			t.Errorf("%q and %q are one class", pair[0], pair[1])
		}
	}
}

// TestConditionOf: only what names a disease is one.
func TestConditionOf(t *testing.T) {
	for class, want := range map[string]mango.Condition{
		"Healthy": mango.IsHealthy, "healthy": mango.IsHealthy, " HEALTHY": mango.IsHealthy,
		"Unknown": mango.IsUnknown, "unknown": mango.IsUnknown, "": mango.IsUnknown, "  ": mango.IsUnknown, "Unknown Disease": mango.IsUnknown,
		"Not a Mango Leaf": mango.IsUnknown, "not_a_mango_fruit": mango.IsUnknown,
		"Anthracnose": mango.IsDiseased, "sooty_mould": mango.IsDiseased, "Red Rust": mango.IsDiseased, "Unhealthy": mango.IsDiseased,
	} {
		if got := mango.ConditionOf(class); got != want {
			t.Errorf("%q is %s, want %s", class, got, want)
		}
	}
}
