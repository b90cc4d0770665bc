// Package process starts the built program for a measurement, on a port that the
// kernel picks, and reads what it uses of memory and processor.
//
// It is for Linux: the figures come from /proc. Callers: the benchmarks.
package process

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var serving = regexp.MustCompile(`msg=serving address=\S*:(\d+)`)

// Server is a running program under measurement.
type Server struct {
	URL     string
	Healthy time.Duration // from exec to the first healthy answer

	cmd *exec.Cmd
}

// Environment is what every started program gets.
func Environment(models string, extra ...string) []string {
	if abs, err := filepath.Abs(models); err == nil {
		models = abs
	}
	return append(append(os.Environ(), "MODELS_DIR="+models, "RATE_LIMIT=off", "ACCESS_LOG=false"), extra...)
}

// Start runs a command that serves from a data folder, and waits until it is
// healthy.
func Start(cmd *exec.Cmd, data, models string, extra ...string) (*Server, error) {
	begin := time.Now()
	cmd.Env = Environment(models, append([]string{"PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR=" + data}, extra...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start the server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the server: %w", err)
	}
	s := &Server{cmd: cmd}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			s.URL = "http://127.0.0.1:" + m[1]
			break
		}
	}
	go io.Copy(io.Discard, out) // the log is not measured
	if s.URL == "" {
		s.Stop()
		return nil, fmt.Errorf("%s did not say where it listens", cmd.Path)
	}
	resp, err := http.Get(s.URL + "/health/")
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("cannot ask the server: %w", err)
	}
	resp.Body.Close()
	s.Healthy = time.Since(begin)
	return s, nil
}

// Stop ends the program and waits for its end.
func (s *Server) Stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// Memory is a field of /proc/<pid>/status in MB.
func (s *Server) Memory(field string) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(l, field+":"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	return 0
}

// CPU is the processor time of all its threads so far. Threads that have ended
// are missing; Go's do not end in practice.
func (s *Server) CPU() time.Duration {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var all time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		if ns, _, ok := strings.Cut(string(text), " "); ok {
			n, _ := strconv.ParseInt(ns, 10, 64)
			all += time.Duration(n)
		}
	}
	return all
}

// PID is the program's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
