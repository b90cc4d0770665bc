package upload_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"mangosense/server/internal/api/upload"
)

// noise is what a JPEG of 12 MP looks like to whoever does not decode it.
func noise() []byte {
	r, b := rand.NewPCG(1, 2), make([]byte, 0, 2_250_000)
	for len(b) < cap(b) {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b
}

// BenchmarkRead is a photo of 12 MP on its way in, without a network.
func BenchmarkRead(b *testing.B) {
	photo := noise()
	body := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), photo...)
	body = append(body, "\r\n--edge--\r\n"...)
	held := memory(48<<20, 10<<20, time.Second)
	limits := upload.Limits{FileBytes: 10 << 20, BodyBytes: 11 << 20, Files: 1, Parts: 8, FieldBytes: 1 << 10, TextBytes: 4 << 10, NameBytes: 200}
	b.ReportAllocs()
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		form, err := upload.Read(context.Background(), bytes.NewReader(body), "edge", limits, lease(held), func(string) bool { return true })
		if err != nil {
			b.Fatal(err)
		}
		form.Release()
	}
}

// BenchmarkSum is what of it nobody can spare.
func BenchmarkSum(b *testing.B) {
	photo := noise()
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		sha256.Sum256(photo)
	}
}
