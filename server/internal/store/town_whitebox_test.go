package store

import "testing"

// TestTown: what strangers may read of an address, in the forms that phones
// send.
func TestTown(t *testing.T) {
	for address, want := range map[string]string{
		"12 Rizal St, Hoskyn, Jordan, Guimaras":                                          "Hoskyn, Jordan, Guimaras",
		"12, Rizal St, Hoskyn":                                                           "Hoskyn",
		"Rizal St, Jordan, Guimaras":                                                     "Jordan, Guimaras",
		"Purok 4, Barangay Lahug, Cebu City, Central Visayas, Philippines":               "Cebu City, Central Visayas, Philippines",
		"12, Rizal Street, Hoskyn, Jordan, Guimaras, Western Visayas, 5045, Philippines": "Guimaras, Western Visayas, Philippines",
		"Lot 4, Blk 5, Phase 2, Dasmariñas":                                              "Dasmariñas",
		"10.720213, 122.562147":                                                          "",
		"-10.7202, 122.5621":                                                             "",
		"Jordan":                                                                         "",
		"":                                                                               "",
		", ,":                                                                            "",
	} {
		if got := town(address); got != want {
			t.Errorf("%q becomes %q, want %q", address, got, want)
		}
	}
}
