package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var serving = regexp.MustCompile(`msg=serving address=\S*:(\d+)`)

// server is a running program under measurement.
type server struct {
	cmd     *exec.Cmd
	url     string
	healthy time.Duration // from exec to the first healthy answer
}

// serve starts the program on a free port with a fresh data folder.
func (b *bench) serve(extra ...string) (*server, error) {
	return b.serveBy(exec.Command(b.bin, "serve"), extra...)
}

// serveOn is serve, kept to the first cores.
func (b *bench) serveOn(cores int, extra ...string) (*server, error) {
	return b.serveBy(exec.Command("taskset", "-c", fmt.Sprintf("0-%d", cores-1), b.bin, "serve"), extra...)
}

func (b *bench) serveBy(cmd *exec.Cmd, extra ...string) (*server, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a data folder: %w", err)
	}
	begin := time.Now()
	cmd.Env = b.environment(append([]string{"PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR=" + data}, extra...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start the server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the server: %w", err)
	}
	s := &server{cmd: cmd}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			s.url = "http://127.0.0.1:" + m[1]
			break
		}
	}
	go io.Copy(io.Discard, out) // the log is not measured
	if s.url == "" {
		s.stop()
		return nil, fmt.Errorf("%s did not say where it listens", b.bin)
	}
	resp, err := http.Get(s.url + "/health/")
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("cannot ask the server: %w", err)
	}
	resp.Body.Close()
	s.healthy = time.Since(begin)
	return s, nil
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// memory is a field of /proc/<pid>/status in MB.
func (s *server) memory(field string) float64 {
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
