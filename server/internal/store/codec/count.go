package codec

const (
	totalsVersion = 1
	dayVersion    = 1
)

// Totals are numbers that no list counts.
type Totals struct {
	Photos, PhotoBytes   int64
	Unread               int64
	ReadUpTo             uint64 // notifications up to this id are read
	Located, Consented   int64  // confirmations
	Confirmers, Nameless int64  // users with a confirmation; confirmations of nobody
}

func EncodeTotals(key []byte, t Totals) []byte {
	w := NewWriter(TypeTotals, totalsVersion)
	w.ints([]int64{t.Photos, t.PhotoBytes, t.Unread})
	w.Uint(t.ReadUpTo)
	w.ints([]int64{t.Located, t.Consented, t.Confirmers, t.Nameless})
	return w.Seal(key)
}

func DecodeTotals(key, v []byte) (t Totals, err error) {
	r, err := Open(key, v, TypeTotals, totalsVersion)
	if err != nil {
		return t, err
	}
	t = Totals{Photos: r.Int(), PhotoBytes: r.Int(), Unread: r.Int(), ReadUpTo: r.Uint(),
		Located: r.Int(), Consented: r.Int(), Confirmers: r.Int(), Nameless: r.Int()}
	return t, r.err
}

// Day counts the records of a day by kind and class.
type Day map[DayClass]int64

// DayClass is what a day counts by.
type DayClass struct{ Kind, Class string }

func EncodeDay(key []byte, d Day) []byte {
	w := NewWriter(TypeDay, dayVersion)
	w.Uint(uint64(len(d)))
	for c, n := range d {
		w.Word(c.Kind)
		w.Word(c.Class)
		w.Int(n)
	}
	return w.Seal(key)
}

func DecodeDay(key, v []byte) (Day, error) {
	r, err := Open(key, v, TypeDay, dayVersion)
	if err != nil {
		return nil, err
	}
	d := Day{}
	for range r.Count(3) {
		c := DayClass{r.Word(), r.Word()}
		d[c] = r.Int()
	}
	return d, r.err
}
