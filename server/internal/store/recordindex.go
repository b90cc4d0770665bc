package store

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Which lists a record is in. Each family cuts all its records into lists by
// what can be filtered on; a query merges the lists that fit.
//
//	a                                     all records
//	r scope kind verified ready class     all records
//	u user(8) kind verified ready class   of one user
//	l class                               with a place
//	t lat(2) lon(2) class                 with a place, by tiles of 0.1 degree; part of
//	                                      the layout, read by no query
//	p tier                                with a photo, tier 1 kept longer
const (
	familyEvery = "a"
	familyAll   = "r"
	familyUser  = "u"
	familyPlace = "l"
	familyTile  = "t"
	familyPhoto = "p"
)

// cell is what the names of families r and u say after scope or user.
type cell struct {
	kind            byte
	verified, ready bool
	class           string
}

func (c cell) name() string {
	return string([]byte{c.kind, flag(c.verified), flag(c.ready)}) + c.class
}

func parseCell(rest string) cell {
	if len(rest) < 3 {
		return cell{}
	}
	return cell{kind: rest[0], verified: rest[1] == 1, ready: rest[2] == 1, class: rest[3:]}
}

// listClass is the class in the name of a list of family r or u.
func listClass(name string) string {
	at := 2 // family, scope
	if strings.HasPrefix(name, familyUser) {
		at = 9 // family, user
	}
	if len(name) < at {
		return ""
	}
	return parseCell(name[at:]).class
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func kindByte(k mango.Kind) byte {
	switch k {
	case mango.Leaf:
		return 1
	case mango.Fruit:
		return 2
	}
	return 0
}

func kindOf(b byte) mango.Kind {
	return [...]mango.Kind{0: "", 1: mango.Leaf, 2: mango.Fruit}[min(b, 2)]
}

func scopeByte(r *mango.Record) byte {
	switch {
	case r.User == 0:
		return 0
	case r.ByAdmin:
		return 2
	}
	return 1
}

func scopeOf(b byte) mango.Scope {
	return [...]mango.Scope{0: mango.Anonymous, 1: mango.ByUsers, 2: mango.ByAdmins}[min(b, 2)]
}

func userPrefix(user uint64) string { return familyUser + string(codec.Key(user)) }

// className is a class as it stands in a list's name: bounded, without 0.
func className(class string) string {
	class = strings.ReplaceAll(class, "\x00", "")
	if len(class) > 100 {
		class = strings.ToValidUTF8(class[:100], "")
	}
	return class
}

// filedClass is the class that a record is filed under: as it was written, so
// that records of earlier programs are found where those put them.
func filedClass(r *mango.Record) string {
	if r.Classification != "" {
		return className(r.Classification)
	}
	return className(r.Disease)
}

// knownClass reports whether records of a class count as anything.
func knownClass(class string) bool { return mango.ConditionOf(class) != mango.IsUnknown }

func entryOf(r *mango.Record) counted.Entry {
	return counted.Entry{At: r.CreatedAt.UnixMilli(), ID: r.ID}
}

func hasPlace(l *mango.Location) bool {
	return l != nil && math.Abs(l.Latitude) <= 90 && math.Abs(l.Longitude) <= 180
}

const tilesPerDegree = 10

// tile is the number of the tile along one axis, never negative.
func tile(degrees float64) int { return int(math.Floor((degrees + 180) * tilesPerDegree)) }

func tilePrefix(lat, lon int) string {
	b := binary.BigEndian.AppendUint16(nil, uint16(lat))
	return familyTile + string(binary.BigEndian.AppendUint16(b, uint16(lon)))
}

// keptLonger says which records' photos an expert has worked on.
func keptLonger(r *mango.Record) bool {
	return r.Verified || r.TrainingReady || (r.Classification != "" && r.Classification != r.Disease)
}

func listsOf(r *mango.Record) []string {
	class := filedClass(r)
	c := cell{kindByte(r.Kind), r.Verified, r.TrainingReady, class}.name()
	names := append(make([]string, 0, 6), familyEvery, familyAll+string([]byte{scopeByte(r)})+c)
	if r.User != 0 {
		names = append(names, userPrefix(r.User)+c)
	}
	if hasPlace(r.Location) {
		names = append(names, familyPlace+class,
			tilePrefix(tile(r.Location.Latitude), tile(r.Location.Longitude))+class)
	}
	if r.Media != "" {
		names = append(names, familyPhoto+string([]byte{flag(keptLonger(r))}))
	}
	return names
}

// reindex moves a record from its old lists to its new ones; old or now may be
// nil. Time and id of a record never change.
func (w *write) reindex(old, now *mango.Record) error {
	var was, is []string
	if old != nil {
		was = listsOf(old)
	}
	if now != nil {
		is = listsOf(now)
	}
	for _, name := range was {
		if !slices.Contains(is, name) {
			if err := w.remove(name, entryOf(old)); err != nil {
				return err
			}
		}
	}
	for _, name := range is {
		if !slices.Contains(was, name) {
			if err := w.insert(name, entryOf(now)); err != nil {
				return err
			}
		}
	}
	if old != nil && now != nil && old.Kind == now.Kind && filedClass(old) == filedClass(now) {
		return nil
	}
	if old != nil {
		if err := w.count(old.CreatedAt, string(old.Kind), filedClass(old), -1); err != nil {
			return err
		}
	}
	if now != nil {
		return w.count(now.CreatedAt, string(now.Kind), filedClass(now), 1)
	}
	return nil
}

// nameKey is the search key of a file name; nil for names that say nothing.
func nameKey(r *mango.Record) []byte {
	n := searchName(r.OriginalName)
	switch n {
	case "", "image.jpg", "image.jpeg", "image.png", "image.webp", "photo.jpg", "blob":
		return nil
	}
	return append(append([]byte(n), 0), codec.Key(r.ID)...)
}

func searchName(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "\x00", ""))
	if len(name) > 64 {
		name = name[:64]
	}
	return name
}
