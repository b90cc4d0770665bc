package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mangosense/server/bench/process"
)

// megapixels are the photos of the table. All are 4:3 with the grain of a
// phone's camera, which makes their files as large as real ones.
var megapixels = []float64{1, 3, 6, 12, 24, 50}

// milliseconds is what `predict --json` and the peers print of a photo.
type milliseconds struct{ Decode, Resize, Infer, Total float64 }

func (m milliseconds) work() float64 { return m.Decode + m.Resize + m.Infer }

// photo is the measurements of one size.
type photo struct {
	mp                     float64
	bytes                  int
	decode, resize, infer  sample
	ours, floor, naive     []sample // round by round; one thread each
	cores                  []sample // ours with all cores
	overFloor, naiveOvOurs sample
}

// photos compares bytes → diagnosis of one photo at a time: ours, the floor and
// the naive way. The three take turns, so that a busy moment of the machine hits
// all of them.
func (b *bench) photos() (string, error) {
	var all []*photo
	for _, mp := range megapixels {
		p, err := b.photo(mp)
		if err != nil {
			return "", err
		}
		all = append(all, p)
		b.say("%g MP: %.2f × the floor, naive %.1f × ours", mp, p.overFloor.median(), p.naiveOvOurs.median())
	}
	b.found.photos = all
	if err := b.plot("photo.svg", drawPhotos(all)); err != nil {
		return "", err
	}
	var t strings.Builder
	t.WriteString("| photo | file | decode | resize | infer | ours, ms | floor, ms | ours ÷ floor | naive, ms | naive ÷ ours | ours, all cores, ms |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	var x, y []float64
	for _, p := range all {
		ours, floor, naive := flat(p.ours), flat(p.floor), flat(p.naive)
		fmt.Fprintf(&t, "| %g MP | %.2f MB | %.1f | %.1f | %.1f | %s | %s | %s | %s | %s | %s |\n", p.mp, float64(p.bytes)/1e6,
			p.decode.median(), p.resize.median(), p.infer.median(), ours.half(1), floor.half(1), p.overFloor.whole(2), naive.half(0), p.naiveOvOurs.whole(1),
			flat(p.cores).half(1))
		x, y = append(x, p.mp), append(y, ours.median())
	}
	start, slope, explained := line(x, y)
	fmt.Fprintf(&t, "\nMilliseconds: median (middle half). Quotients: median of the rounds (least–most).\n\n"+
		"Megapixels against milliseconds: %.1f + %.2f · MP; the line explains %.1f %% of the spread.\n", start, slope, 100*explained)
	return t.String(), nil
}

func (b *bench) photo(mp float64) (*photo, error) {
	path, size, err := b.made(mp)
	if err != nil {
		return nil, err
	}
	p := &photo{mp: mp, bytes: size}
	runs := pick(b, 5, 11)
	for range pick(b, 2, 7) {
		ours, err := b.lines([]string{"GOMAXPROCS=1"}, path, runs, b.bin, "predict", "--kind", "leaf", "--json")
		if err != nil {
			return nil, err
		}
		floor, err := b.lines(nil, path, runs, b.floor)
		if err != nil {
			return nil, err
		}
		naive, err := b.lines(nil, path, pick(b, 1, 2), b.naive)
		if err != nil {
			return nil, err
		}
		cores, err := b.lines(nil, path, runs, b.bin, "predict", "--kind", "leaf", "--json")
		if err != nil {
			return nil, err
		}
		var work sample
		for _, m := range ours {
			p.decode, p.resize, p.infer = append(p.decode, m.Decode), append(p.resize, m.Resize), append(p.infer, m.Infer)
			work = append(work, m.work())
		}
		p.ours, p.floor, p.naive = append(p.ours, work), append(p.floor, works(floor)), append(p.naive, works(naive))
		p.cores = append(p.cores, works(cores))
	}
	p.overFloor, p.naiveOvOurs = over(p.ours, p.floor), over(p.naive, p.ours)
	return p, nil
}

// made is a photo of a size, made once a run by the load driver.
func (b *bench) made(mp float64) (path string, size int, err error) {
	folder := filepath.Join(b.dir, fmt.Sprintf("photo-%g", mp))
	paths, _ := filepath.Glob(filepath.Join(folder, "*.jpg")) // the pattern is sound
	if len(paths) == 0 {
		if out, err := exec.Command(b.driver, "--save", folder, "--mp", fmt.Sprint(mp), "--distinct", "1").CombinedOutput(); err != nil {
			return "", 0, fmt.Errorf("cannot make a photo: %w: %s", err, out)
		}
		paths, _ = filepath.Glob(filepath.Join(folder, "*.jpg"))
	}
	if len(paths) == 0 {
		return "", 0, fmt.Errorf("cannot make a photo: %s left none in %s", b.driver, folder)
	}
	info, err := os.Stat(paths[0])
	if err != nil {
		return "", 0, fmt.Errorf("cannot look at a photo: %w", err)
	}
	return paths[0], int(info.Size()), nil
}

// lines runs a program over the same photo several times in one process; two
// more come before, to warm up. env comes on top of the bench's own.
func (b *bench) lines(env []string, path string, runs int, program string, args ...string) ([]milliseconds, error) {
	const warm = 2
	for range runs + warm {
		args = append(args, path)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(process.Environment(b.models), env...)
	var words bytes.Buffer // the library greets on standard error
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot run %s: %w: %s", program, err, words.String())
	}
	var all []milliseconds
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var l struct {
			Milliseconds milliseconds
			Error        *string
		}
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("cannot read what %s printed: %w", program, err)
		}
		if l.Error != nil {
			return nil, fmt.Errorf("%s: %s", program, *l.Error)
		}
		all = append(all, l.Milliseconds)
	}
	if len(all) != runs+warm {
		return nil, fmt.Errorf("%s printed %d lines of %d", program, len(all), runs+warm)
	}
	return all[warm:], nil
}

func works(all []milliseconds) (s sample) {
	for _, m := range all {
		s = append(s, m.work())
	}
	return s
}

func flat(rounds []sample) (s sample) {
	for _, r := range rounds {
		s = append(s, r...)
	}
	return s
}
