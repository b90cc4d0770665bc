package store_test

import (
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// The map by disease and number, at the edges of the earth too.
func TestPlaces(t *testing.T) {
	s := openStore(t, store.Config{})
	for i, c := range []struct {
		lat, lon float64
		disease  string
	}{
		{10, 123, "Anthracnose"}, {10, 123.5, "Healthy"}, {10.05, 123, "Unknown"}, {11, 123, "Anthracnose"},
		{90, 0, "Healthy"}, {-90, 0, "Healthy"}, {0, 180, "Healthy"}, {0, -180, "Healthy"},
		{91, 0, "Healthy"}, {0, 181, "Healthy"}, // nowhere
	} {
		r := &mango.Record{Kind: mango.Leaf, Disease: c.disease, CreatedAt: time.Unix(1_800_000_000+int64(i), 0),
			Location: &mango.Location{Latitude: c.lat, Longitude: c.lon, ConsentGiven: true}}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		f    mango.PlaceFilter
		want string // ids, newest first
	}{
		"everywhere":        {mango.PlaceFilter{}, "[8 7 6 5 4 2 1]"},
		"three":             {mango.PlaceFilter{Limit: 3}, "[8 7 6]"},
		"one":               {mango.PlaceFilter{Limit: 1}, "[8]"},
		"fewer than none":   {mango.PlaceFilter{Limit: -1}, "[8 7 6 5 4 2 1]"},
		"a disease":         {mango.PlaceFilter{Disease: "anthracnose"}, "[4 1]"},
		"what has no class": {mango.PlaceFilter{Disease: "Unknown"}, "[]"},
	} {
		places, err := s.Places(ctx, mango.System, c.f)
		ids := []uint64{}
		for _, p := range places {
			ids = append(ids, p.Record)
		}
		if err != nil || fmt.Sprint(ids) != c.want {
			t.Errorf("%s: %v, want %s, %v", name, ids, c.want, err)
		}
	}
}
