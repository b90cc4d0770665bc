package store

import (
	"context"
	"math"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/counted"
)

const (
	kmPerDegree = 111.32
	widestKM    = 100 // radius of a search; 19 by 19 tiles and more near the poles
	mostPlaces  = 10000
)

// Places implements mango.Records.
func (s *Store) Places(ctx context.Context, by mango.Actor, f mango.PlaceFilter) ([]mango.Place, error) {
	exact := s.rules(&by) == nil
	limit := f.Limit
	if limit <= 0 {
		limit = 1000
	}
	limit = min(limit, mostPlaces)
	fits := func(class string) bool {
		return knownClass(class) && (f.Disease == "" || mango.SameClass(class, f.Disease))
	}
	var shared *fairShare[mango.Place]
	err := s.read(func(tx *bbolt.Tx) error {
		shared = newFairShare[mango.Place](limit)
		m := counted.All()
		var err error
		if m.Lists, err = choosePlaces(counted.New(tx), f, fits); err != nil {
			return err
		}
		for until := counted.Last; !shared.enough(); {
			entries, err := m.Walk(until, 0, min(limit, eachPortion))
			if err != nil {
				return err
			}
			if err := eachOf(tx, entries, nil, func(r *mango.Record) {
				if r.Location != nil && near(r.Location, f) {
					shared.add(r.User, placeOf(r, exact))
				}
			}); err != nil {
				return err
			}
			if len(entries) == 0 {
				break
			}
			until = entries[len(entries)-1]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shared.take(), nil
}

// choosePlaces takes the tiles around a point, or everything.
func choosePlaces(ls *counted.Lists, f mango.PlaceFilter, fits func(string) bool) ([]*counted.List, error) {
	if f.RadiusKM <= 0 {
		return ls.Choose(familyPlace, fits)
	}
	km := math.Min(f.RadiusKM, widestKM)
	dLat := km / kmPerDegree
	dLon := km / (kmPerDegree * math.Max(math.Cos(f.Latitude*math.Pi/180), 0.1))
	var chosen []*counted.List
	for lat := tile(math.Max(f.Latitude-dLat, -90)); lat <= tile(math.Min(f.Latitude+dLat, 90)); lat++ {
		for lon := tile(math.Max(f.Longitude-dLon, -180)); lon <= tile(math.Min(f.Longitude+dLon, 180)); lon++ {
			more, err := ls.Choose(tilePrefix(lat, lon), fits)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, more...)
		}
	}
	return chosen, nil
}

func near(l *mango.Location, f mango.PlaceFilter) bool {
	if f.RadiusKM <= 0 {
		return true
	}
	rad := math.Pi / 180
	a := math.Sin((l.Latitude - f.Latitude) * rad / 2)
	b := math.Sin((l.Longitude - f.Longitude) * rad / 2)
	h := a*a + math.Cos(l.Latitude*rad)*math.Cos(f.Latitude*rad)*b*b
	return 2*6371*math.Asin(math.Sqrt(math.Min(h, 1))) <= math.Min(f.RadiusKM, widestKM)
}

func placeOf(r *mango.Record, exact bool) mango.Place {
	p := mango.Place{Record: r.ID, Disease: r.Class(), Latitude: r.Location.Latitude, Longitude: r.Location.Longitude,
		Address: r.Location.Address, At: r.CreatedAt, Confidence: r.ClassConfidence(), Exact: exact}
	if !exact {
		p.Record = 0
		p.Latitude, p.Longitude = coarse(p.Latitude), coarse(p.Longitude)
		p.Address = town(p.Address)
	}
	return p
}

func coarse(degrees float64) float64 { return math.Round(degrees*1000) / 1000 }
