package codec

import "time"

// Values of one or two fields.

const (
	sessionVersion = 2 // 1 names no user
	settingVersion = 1
	photoVersion   = 1
	schemaVersion  = 1
	dateVersion    = 1
)

// Session is one whose tokens count no more.
type Session struct {
	Until time.Time // when the last of them expires
	User  uint64    // 0: not known
}

func EncodeSession(key []byte, s Session) []byte {
	w := NewWriter(TypeSession, sessionVersion)
	w.Time(s.Until)
	w.Uint(s.User)
	return w.Seal(key)
}

func DecodeSession(key, v []byte) (s Session, err error) {
	r, err := Open(key, v, TypeSession, sessionVersion)
	if err != nil {
		return s, err
	}
	s.Until = r.Time()
	if r.version >= 2 {
		s.User = r.Uint()
	}
	return s, r.err
}

func EncodeSetting(key []byte, text string) []byte {
	w := NewWriter(TypeSetting, settingVersion)
	w.String(text)
	return w.Seal(key)
}

func DecodeSetting(key, v []byte) (string, error) {
	r, err := Open(key, v, TypeSetting, settingVersion)
	if err != nil {
		return "", err
	}
	return r.String(), r.Err()
}

// EncodePhoto is the size of a photo in bytes.
func EncodePhoto(key []byte, size int64) []byte {
	w := NewWriter(TypePhoto, photoVersion)
	w.Int(size)
	return w.Seal(key)
}

func DecodePhoto(key, v []byte) (size int64, err error) {
	r, err := Open(key, v, TypePhoto, photoVersion)
	if err != nil {
		return 0, err
	}
	return r.Int(), r.Err()
}

func EncodeSchema(key []byte, number int) []byte {
	w := NewWriter(TypeSchema, schemaVersion)
	w.Uint(uint64(number))
	return w.Seal(key)
}

func DecodeSchema(key, v []byte) (number int, err error) {
	r, err := Open(key, v, TypeSchema, schemaVersion)
	if err != nil {
		return 0, err
	}
	return int(r.Uint()), r.Err()
}

func EncodeDate(key []byte, t time.Time) []byte {
	w := NewWriter(TypeDate, dateVersion)
	w.Time(t)
	return w.Seal(key)
}

func DecodeDate(key, v []byte) (t time.Time, err error) {
	r, err := Open(key, v, TypeDate, dateVersion)
	if err != nil {
		return t, err
	}
	return r.Time(), r.Err()
}
