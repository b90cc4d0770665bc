package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// group is what run.py says of one number of clients: quotients of medians.
type group struct {
	Clients     int     `json:"clients"`
	OverUsual   float64 `json:"over_usual"`
	OverBest    float64 `json:"over_best"`
	Best        string  `json:"best"`
	P99         float64 `json:"p99_of_best"`
	Steadiest   string  `json:"steadiest"`
	Memory      float64 `json:"memory_of_smallest"`
	Resident    float64 `json:"resident_of_smallest"`
	Smallest    string  `json:"smallest"`
	SmallestSum string  `json:"smallest_resident"`
}

// peers has tools/peers measure the program against other servers.
func (b *bench) peers() (string, error) {
	figures := filepath.Join(b.dir, "peers.json")
	if err := os.MkdirAll(b.plots(), 0o755); err != nil {
		return "", fmt.Errorf("cannot make the plots' folder: %w", err)
	}
	cmd := exec.Command("python3", "tools/peers/run.py", "--rounds", pick(b, "1", "3"), "--seconds", pick(b, "2", "6"),
		"--ratios", figures, "--svg", filepath.Join(b.plots(), "peers.svg"))
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot measure the peers: %w", err)
	}
	data, err := os.ReadFile(figures)
	if err == nil {
		err = json.Unmarshal(data, &b.found.groups)
	}
	if err != nil {
		return "", fmt.Errorf("cannot read what was measured of the peers: %w", err)
	}
	return string(text), nil
}
