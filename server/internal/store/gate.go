package store

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// settingGate + a day: how many photos the gate refused, a row a day. They lie
// among the settings because no record stands for them: a repair keeps what it
// can read and counts nothing anew.
const settingGate = "gate."

type gateDay struct {
	Photos  int64 `json:"photos"`
	Refused int64 `json:"refused"`
}

func gateKey(n uint32) []byte {
	return []byte(settingGate + time.Unix(int64(n)*86400, 0).UTC().Format(time.DateOnly))
}

// readGateDay is a day's row; one that is damaged counts from nothing, and the
// check says so.
func readGateDay(key, value []byte) gateDay {
	var d gateDay
	if text, err := codec.DecodeSetting(key, value); err != nil || json.Unmarshal([]byte(text), &d) != nil {
		return gateDay{}
	}
	return d
}

// AddGateCounts implements mango.Oversight. Days older than are ever read go.
func (s *Store) AddGateCounts(ctx context.Context, by mango.Actor, photos, refused int64) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	return s.update(ctx, func(w *write) error {
		today := dayOf(s.cfg.Now())
		key := gateKey(today)
		d := gateDay{}
		if v := w.get(bucketSettings, key); v != nil {
			d = readGateDay(key, v)
		}
		d.Photos, d.Refused = d.Photos+photos, d.Refused+refused
		text, err := json.Marshal(d)
		if err != nil {
			return mango.Wrap(mango.Internal, err, "The day's numbers could not be stored.")
		}
		if err := w.put(bucketSettings, key, codec.EncodeSetting(key, string(text))); err != nil {
			return err
		}
		return dropGateDays(w, gateKey(today-min(today, mostClassDays-1)))
	})
}

// dropGateDays deletes the rows before the oldest that is kept.
func dropGateDays(w *write, oldest []byte) error {
	var old [][]byte
	c := w.tx.Bucket(bucketSettings).Cursor()
	for k, _ := c.Seek([]byte(settingGate)); bytes.HasPrefix(k, []byte(settingGate)) && bytes.Compare(k, oldest) < 0; k, _ = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := w.delete(bucketSettings, k); err != nil {
			return err
		}
	}
	return nil
}

// GateDays implements mango.Oversight.
func (s *Store) GateDays(ctx context.Context, by mango.Actor, days int) ([]mango.GateDay, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	days = min(max(days, 1), mostClassDays)
	today := dayOf(s.cfg.Now())
	var out []mango.GateDay
	err := s.read(func(tx *bbolt.Tx) error {
		out = nil
		c := tx.Bucket(bucketSettings).Cursor()
		for k, v := c.Seek(gateKey(today - min(today, uint32(days)-1))); bytes.HasPrefix(k, []byte(settingGate)); k, v = c.Next() {
			day, err := time.Parse(time.DateOnly, string(k[len(settingGate):]))
			if err != nil || dayOf(day) > today {
				continue
			}
			d := readGateDay(k, v)
			out = append(out, mango.GateDay{Day: day, Photos: d.Photos, Refused: d.Refused})
		}
		return nil
	})
	return out, err
}
