package codec

import (
	"bytes"
	"compress/flate"
	"io"
	"time"
)

const (
	replyVersion = 1

	// MaxReply bounds the body of a reply in bytes, unpacked.
	MaxReply = 256 << 10
)

// Reply is the answer to a save that came with a key of the client's.
type Reply struct {
	User    uint64
	Key     [32]byte // SHA-256 of the client's key
	Request [32]byte
	At      time.Time
	Body    []byte // packed
}

func EncodeReply(key []byte, r *Reply) []byte {
	w := NewWriter(TypeReply, replyVersion)
	w.Uint(r.User)
	w.Digest(r.Key)
	w.Digest(r.Request)
	w.Time(r.At)
	w.Bytes(r.Body)
	return w.Seal(key)
}

func DecodeReply(key, v []byte) (*Reply, error) {
	r, err := Open(key, v, TypeReply, replyVersion)
	if err != nil {
		return nil, err
	}
	out := &Reply{User: r.Uint(), Key: r.Digest(), Request: r.Digest(), At: r.Time(), Body: r.Bytes()}
	return out, r.err
}

// PackReply deflates the body of a reply.
func PackReply(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, _ = w.Write(body) // a bytes.Buffer does not fail
	_ = w.Close()
	return b.Bytes(), nil
}

// UnpackReply gives the body back.
func UnpackReply(packed []byte) ([]byte, error) {
	return io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), MaxReply))
}
