package upload_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"mangosense/server/internal/api/upload"
)

func TestReadWhole(t *testing.T) {
	b := memory(8<<20, 1<<20, time.Second)
	for _, n := range []int{0, 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		want := bytes.Repeat([]byte{7}, n)
		w, err := upload.ReadWhole(context.Background(), bytes.NewReader(want), 1<<20, lease(b))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if !bytes.Equal(w.Bytes(), want) {
			t.Errorf("%d bytes came as %d", n, len(w.Bytes()))
		}
		if b.InUse() < int64(n) {
			t.Errorf("%d bytes are counted as %d", n, b.InUse())
		}
		w.Release()
		w.Release()
		if b.InUse() != 0 {
			t.Errorf("after Release %d bytes are held", b.InUse())
		}
	}
	if _, err := upload.ReadWhole(context.Background(), bytes.NewReader(make([]byte, 1<<20+1)), 1<<20, lease(b)); !errors.Is(err, upload.ErrBodyTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
	if b.InUse() != 0 {
		t.Errorf("after a refusal %d bytes are held", b.InUse())
	}
}
