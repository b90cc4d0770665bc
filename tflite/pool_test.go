package tflite_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"mangosense/tflite"
)

// crowd has callers wait for an interpreter until there are n of them.
func crowd(t *testing.T, m *tflite.Model, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); m.Interpreters() < n; {
		if time.Now().After(end) {
			t.Fatalf("%d interpreters and never %d, although callers wait", m.Interpreters(), n)
		}
		var held []func()
		for range m.Interpreters() {
			held = append(held, hold(t, m))
		}
		got := make(chan func())
		go func() { got <- hold(t, m) }()
		time.Sleep(100 * time.Millisecond) // some of these make the wait unbearable
		for _, giveBack := range held {
			giveBack()
		}
		(<-got)()
	}
}

func hold(t *testing.T, m *tflite.Model) func() {
	giveBack, err := m.Hold(context.Background())
	if err != nil {
		t.Error(err)
	}
	return giveBack
}

// The pool grows as callers wait, to its bound and not beyond, and those made
// late give the answers of the first.
func TestInterpretersAreMadeWhenMissed(t *testing.T) {
	for name, c := range map[string]struct {
		path func(testing.TB) string
		cfg  tflite.Config
	}{
		"two heads":    {func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) }, tflite.Config{Interpreters: 3}},
		"own weights":  {func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) }, tflite.Config{Interpreters: 3, NoWeightsCache: true}},
		"default path": {func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) }, tflite.Config{Interpreters: 3, DefaultPath: true}},
		"leaf":         {real, tflite.Config{Interpreters: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t, c.path(t), c.cfg)
			in := noise(m.Info().Input.Bytes(), 11)
			answer := func() []byte {
				out := make([][]byte, len(m.Info().Outputs))
				for i, o := range m.Info().Outputs {
					out[i] = make([]byte, o.Bytes())
				}
				if err := m.Run(context.Background(), in, out); err != nil {
					t.Error(err)
				}
				return bytes.Join(out, nil)
			}
			want := answer()
			crowd(t, m, 3)
			var held []func()
			for range 3 { // each of them answers while the others are lent
				if got := answer(); !bytes.Equal(got, want) {
					t.Errorf("another answer with %d lent", len(held))
				}
				held = append(held, hold(t, m))
			}
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			if _, err := m.Hold(ctx); err == nil {
				t.Error("a fourth was lent, and three are allowed")
			}
			for _, giveBack := range held {
				giveBack()
			}
			if m.Interpreters() != 3 || m.InUse() != 0 {
				t.Errorf("%d interpreters, %d in use; want 3 and 0", m.Interpreters(), m.InUse())
			}
		})
	}
}

// One caller after the other never misses a second one.
func TestOneCallerNeedsOneInterpreter(t *testing.T) {
	m := open(t, write(t, "heads.tflite", twoHeads()), tflite.Config{})
	in, out := make([]byte, 768), make([][]byte, 2)
	for range 1000 {
		if err := m.Run(context.Background(), in, out); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.Interpreters(); n != 1 {
		t.Errorf("%d interpreters for one caller", n)
	}
}

// Close while interpreters are being made: nothing hangs, nothing is left.
func TestCloseWhileGrowing(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	for range 5 {
		m, err := tflite.Open(path, tflite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		giveBack := hold(t, m)
		waiting := make(chan struct{})
		go func() {
			defer close(waiting)
			if again, err := m.Hold(context.Background()); err == nil {
				again()
			}
		}()
		time.Sleep(270 * time.Millisecond)
		giveBack()
		_ = m.Close()
		<-waiting
	}
}
