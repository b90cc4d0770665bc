package tflite_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/tflite"
)

func TestRunCopiesInAndOut(t *testing.T) {
	for name, cfg := range map[string]tflite.Config{
		"xnnpack":      {Interpreters: 2},
		"two threads":  {Interpreters: 2, Threads: 2},
		"own weights":  {Interpreters: 2, NoWeightsCache: true},
		"default path": {Interpreters: 2, DefaultPath: true},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 24
			m := open(t, write(t, "same.tflite", same(typeInt8, n)), cfg)
			for seed := range uint64(20) {
				in := noise(n, seed)
				kept, out := bytes.Clone(in), make([]byte, n)
				if err := m.Run(context.Background(), in, [][]byte{out}); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(in, kept) {
					t.Fatal("Run changed its input")
				}
				if !bytes.Equal(out, in) {
					t.Fatalf("out %v, want %v", out, in)
				}
			}
		})
	}
}

// Weights far above the cache's smallest size must not make it move.
func TestLargeWeights(t *testing.T) {
	const n = 4500 // 20 MB of weights, packed as much again
	m := open(t, write(t, "large.tflite", same(typeInt8, n)), tflite.Config{Interpreters: 2})
	in, out := noise(n, 7), make([]byte, n)
	for range 2 {
		if err := m.Run(context.Background(), in, [][]byte{out}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, in) {
			t.Fatal("another answer than the input")
		}
	}
}

// Both paths compute the same model; they may round differently.
func TestHeadsAgreeWithTheDefaultPath(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	fast := open(t, path, tflite.Config{})
	slow := open(t, path, tflite.Config{DefaultPath: true})
	var seen [8][256]bool
	for seed := range uint64(50) {
		in := noise(768, seed+100)
		for i := range in { // a darker or a brighter picture
			in[i] = byte(int8(in[i])/4 + int8(seed*4) - 96)
		}
		a, b := [][]byte{make([]byte, 5), make([]byte, 3)}, [][]byte{make([]byte, 5), make([]byte, 3)}
		if err := errors.Join(fast.Run(context.Background(), in, a), slow.Run(context.Background(), in, b)); err != nil {
			t.Fatal(err)
		}
		for head, row := range a {
			for i := range row {
				if d := int(int8(a[head][i])) - int(int8(b[head][i])); d < -2 || d > 2 {
					t.Errorf("photo %d, head %d: %v and %v", seed, head, a[head], b[head])
				}
				seen[head*5+i][a[head][i]] = true
			}
		}
	}
	different := 0
	for _, values := range seen {
		n := 0
		for _, v := range values {
			if v {
				n++
			}
		}
		if n > 1 {
			different++
		}
	}
	if different < 4 {
		t.Errorf("only %d of 8 outputs ever change: the test tests nothing", different)
	}
}

func TestNilOutputIsSkipped(t *testing.T) {
	m := open(t, write(t, "heads.tflite", twoHeads()), tflite.Config{Interpreters: 1})
	in := noise(768, 4)
	class, gate, only := make([]byte, 5), make([]byte, 3), make([]byte, 3)
	if err := m.Run(context.Background(), in, [][]byte{class, gate}); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(context.Background(), in, [][]byte{nil, only}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(gate, only) {
		t.Errorf("gate alone is %v, with the classes %v", only, gate)
	}
}

func TestBuffersOfOtherLengthsAreRefused(t *testing.T) {
	m := open(t, write(t, "heads.tflite", twoHeads()), tflite.Config{Interpreters: 1})
	in, class, gate := make([]byte, 768), make([]byte, 5), make([]byte, 3)
	for name, c := range map[string]struct {
		in  []byte
		out [][]byte
	}{
		"short input":     {in[1:], [][]byte{class, gate}},
		"no input":        {nil, [][]byte{class, gate}},
		"one output":      {in, [][]byte{class}},
		"three outputs":   {in, [][]byte{class, gate, gate}},
		"short output":    {in, [][]byte{class, gate[1:]}},
		"empty, not nil":  {in, [][]byte{class, {}}},
		"swapped outputs": {in, [][]byte{gate, class}},
	} {
		if err := m.Run(context.Background(), c.in, c.out); !errors.Is(err, tflite.ErrBuffer) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if m.InUse() != 0 {
		t.Errorf("%d interpreters are lost", m.InUse())
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	m := open(t, write(t, "heads.tflite", twoHeads()), tflite.Config{Interpreters: 2})
	in, out := make([]byte, 768), [][]byte{make([]byte, 5), make([]byte, 3)}
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancellable": cancellable} {
		if n := testing.AllocsPerRun(200, func() {
			if err := m.Run(ctx, in, out); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a run", name, n)
		}
	}
}

func TestEndedContextIsRefusedAtOnce(t *testing.T) {
	m := open(t, write(t, "same.tflite", same(typeInt8, 8)), tflite.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Run(ctx, make([]byte, 8), [][]byte{nil}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestCloseIsIdempotent(t *testing.T) {
	m := open(t, write(t, "same.tflite", same(typeInt8, 8)), tflite.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := m.Run(context.Background(), make([]byte, 8), [][]byte{nil}); !errors.Is(err, tflite.ErrClosed) {
		t.Errorf("Run after Close: %v", err)
	}
	if m.InUse() != 0 || m.Info().Input.Bytes() != 8 {
		t.Errorf("after Close %d are in use, the input has %d bytes", m.InUse(), m.Info().Input.Bytes())
	}
}

// The file is only needed by Open: overwriting it in place, as cp does, must
// not touch a model that is open.
func TestFileMayBeOverwritten(t *testing.T) {
	path := write(t, "same.tflite", same(typeInt8, 64))
	m := open(t, path, tflite.Config{DefaultPath: true}) // reads weights in each run
	overwrite(t, path)
	in, out := noise(64, 3), make([]byte, 64)
	if err := m.Run(context.Background(), in, [][]byte{out}); err != nil || !bytes.Equal(in, out) {
		t.Errorf("%v, right answer: %v", err, bytes.Equal(in, out))
	}
}

// Many goroutines, contexts that end while they wait, and a Close in the middle.
// Every answer must be right, every error one of three, and nothing may hang.
func TestHammer(t *testing.T) {
	const n = 256
	path := write(t, "same.tflite", same(typeInt8, n))
	for round := range 6 {
		m, err := tflite.Open(path, tflite.Config{Interpreters: 1 + round%4})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var right, ended, closed atomic.Int64
		for g := range 24 {
			wg.Go(func() {
				in, out := noise(n, uint64(g)), make([]byte, n)
				for i := 0; ; i++ {
					ctx, cancel := context.Background(), context.CancelFunc(func() {})
					if i%3 == 1 {
						ctx, cancel = context.WithTimeout(ctx, time.Duration(i%40)*time.Microsecond)
					}
					clear(out)
					err := m.Run(ctx, in, [][]byte{out})
					cancel()
					switch {
					case err == nil && bytes.Equal(in, out):
						right.Add(1)
					case errors.Is(err, context.DeadlineExceeded):
						ended.Add(1)
					case errors.Is(err, tflite.ErrClosed):
						closed.Add(1)
						return
					default:
						t.Errorf("error %v, right answer: %v", err, bytes.Equal(in, out))
						return
					}
					if used := m.InUse(); used < 0 || used > m.Interpreters() {
						t.Errorf("%d of %d interpreters are in use", used, m.Interpreters())
					}
				}
			})
		}
		for i := 0; i < 60_000 && (right.Load() == 0 || ended.Load() == 0); i++ {
			time.Sleep(time.Millisecond)
		}
		_ = m.Close()
		wg.Wait()
		if right.Load() == 0 || ended.Load() == 0 || closed.Load() != 24 {
			t.Errorf("round %d: %d right, %d ended, %d closed", round, right.Load(), ended.Load(), closed.Load())
		}
	}
}
