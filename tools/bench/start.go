package main

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

// server is a running program under measurement.
type server struct {
	cmd     *exec.Cmd
	url     string
	healthy time.Duration // from exec to the first healthy answer
}

// serve starts the program on a free port with a fresh data folder.
func (b *bench) serve(extra ...string) (*server, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	cmd := exec.Command(b.bin, "serve")
	cmd.Env = b.environment(append([]string{"PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR=" + filepath.Join(data)}, extra...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
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
		return nil, fmt.Errorf("%s did not say where it listens", b.bin)
	}
	resp, err := http.Get(s.url + "/api/health/")
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	s.healthy = time.Since(begin)
	return s, nil
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
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
			return kb / 1024
		}
	}
	return 0
}

// start measures how long a cold process takes to its first healthy answer,
// and what it holds then.
func (b *bench) start() error {
	var healthy, idle sample
	for range b.runs {
		s, err := b.serve()
		if err != nil {
			return err
		}
		healthy = append(healthy, float64(s.healthy.Microseconds())/1000)
		time.Sleep(300 * time.Millisecond)
		idle = append(idle, s.memory("VmRSS"))
		s.stop()
	}
	fmt.Printf("\n## Start\n\n| | median (middle half) |\n| --- | --- |\n| process start to healthy, ms | %s |\n| resident memory, idle, all models loaded, MB | %s |\n", healthy, idle)
	return nil
}
