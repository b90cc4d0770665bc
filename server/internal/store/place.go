package store

import (
	"context"
	"math"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/counted"
)

const mostPlaces = 10000

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
		if m.Lists, err = counted.New(tx).Choose(familyPlace, fits); err != nil {
			return err
		}
		for until := counted.Last; !shared.enough(); {
			entries, err := m.Walk(until, 0, min(limit, eachPortion))
			if err != nil {
				return err
			}
			if err := eachOf(tx, entries, nil, func(r *mango.Record) {
				if r.Location != nil {
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
