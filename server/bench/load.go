package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"

	"mangosense/server/bench/process"
)

// report is what bench reads of what the load driver prints.
type report struct {
	Requests  int            `json:"requests"`
	OK        int            `json:"ok"`
	Lost      int            `json:"unanswered"`
	PerSecond float64        `json:"per_second"`
	Statuses  map[string]int `json:"statuses"`
	Times     struct {
		P50 float64 `json:"p50"`
		P99 float64 `json:"p99"`
	} `json:"ms"`
}

// load sends to a server until the driver ends.
func (b *bench) load(s *process.Server, path string, args ...string) (report, error) {
	var r report
	args = append([]string{"--url", s.URL + path, "--pid", fmt.Sprint(s.PID()), "--timeout", "120s", "--json"}, args...)
	cmd := exec.Command(b.driver, args...)
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("cannot run %s: %w: %s", b.driver, err, words.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("cannot read what %s printed: %w", b.driver, err)
	}
	return r, nil
}

// upload is load with photos of 12 MP, no two alike.
func (b *bench) upload(s *process.Server, args ...string) (report, error) {
	path, _, err := b.made(12)
	if err != nil {
		return report{}, err
	}
	return b.load(s, "/api/predict/", append([]string{"--photos", filepath.Dir(path)}, args...)...)
}
