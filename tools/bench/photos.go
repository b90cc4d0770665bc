package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"mangosense/preprocess/photos"
)

// sizes are the photos of the tables: megapixels by name.
var sizes = []struct {
	name string
	w, h int
}{{"1 MP", 1280, 800}, {"3 MP", 2048, 1536}, {"12 MP", 4000, 3000}, {"50 MP", 8160, 6120}}

// line is one line of `predict --json`, and of the peers, which print the same.
type line struct {
	Path         string
	Milliseconds struct{ Decode, Resize, Infer, Total float64 }
	Error        *string
}

// photos compares bytes → diagnosis of one photo at a time: ours, the naive
// way, and the floor. The three take turns, so that a busy moment of the
// machine hits all of them.
func (b *bench) photos() error {
	fmt.Print("## One photo, bytes to diagnosis, one thread\n\n" +
		"| photo | file | decode | resize | infer | ours, total ms | naive ms | naive ÷ ours | floor ms | ours ÷ floor |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, size := range sizes {
		path := filepath.Join(b.dir, fmt.Sprintf("%dx%d.jpg", size.w, size.h))
		data := photos.JPEG(size.w, size.h)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		var decode, resize, infer, total, naive, floor sample
		rounds := 3
		for range rounds {
			ours, err := b.lines(b.bin, path, "predict", "--kind", "leaf", "--json")
			if err != nil {
				return err
			}
			for _, l := range ours {
				decode, resize = append(decode, l.Milliseconds.Decode), append(resize, l.Milliseconds.Resize)
				infer, total = append(infer, l.Milliseconds.Infer), append(total, l.Milliseconds.Decode+l.Milliseconds.Resize+l.Milliseconds.Infer)
			}
			if err := b.peer(b.naive, path, &naive); err != nil {
				return err
			}
			if err := b.peer(b.floor, path, &floor); err != nil {
				return err
			}
		}
		fmt.Printf("| %s | %.2f MB | %.1f | %.1f | %.1f | %s | %s | %s | %s | %s |\n", size.name, float64(len(data))/1e6,
			decode.median(), resize.median(), infer.median(), total, orDash(naive), ratio(naive, total), orDash(floor), ratio(total, floor))
	}
	fmt.Println("\nMilliseconds, median (middle half).")
	return nil
}

// lines runs a program over the same photo several times in one process; the
// first two are warm-up.
func (b *bench) lines(program, path string, args ...string) ([]line, error) {
	for range b.runs + 2 {
		args = append(args, path)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = b.environment()
	var words bytes.Buffer // the library greets on standard error
	cmd.Stderr = &words
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var all []line
	for d := json.NewDecoder(out); d.More(); {
		var l line
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("cannot read what %s printed: %w", program, err)
		}
		if l.Error != nil {
			return nil, fmt.Errorf("%s: %s", program, *l.Error)
		}
		all = append(all, l)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("cannot run %s: %w: %s", program, err, words.String())
	}
	if len(all) < 3 {
		return nil, fmt.Errorf("%s printed %d lines", program, len(all))
	}
	return all[2:], nil
}

// peer adds a peer's totals, where the peer was built.
func (b *bench) peer(program, path string, to *sample) error {
	if program == "" {
		return nil
	}
	if _, err := os.Stat(program); err != nil {
		return nil
	}
	all, err := b.lines(program, path)
	for _, l := range all {
		*to = append(*to, l.Milliseconds.Decode+l.Milliseconds.Resize+l.Milliseconds.Infer)
	}
	return err
}

func orDash(s sample) string {
	if len(s) == 0 {
		return "–"
	}
	return s.String()
}

func ratio(a, b sample) string {
	if len(a) == 0 || len(b) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", a.median()/b.median())
}
