// Package e2e drives the built program from outside: its command line, its
// HTTP, its signals. It imports nothing of the program but the maker of test
// photos.
package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once by TestMain. A test that exchanges it
// is not parallel.
var binary string

const modelsDir = "../../models"

func TestMain(m *testing.M) {
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mangosense-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "mangosense")
	// As `make build` builds it, which has compiled all of it already.
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "mangosense/server").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// needModels skips where the tree has no models.
func needModels(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(modelsDir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		t.Skip("no models in this tree: models/manifest.json is missing")
	}
	return dir
}

// result is what a finished command left.
type result struct {
	code        int
	out, errOut string
}

// command runs the program to its end.
func command(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return run(t, binary, env, args...)
}

// buildTool builds a developer's command, for what a test needs of it.
func buildTool(t *testing.T, pkg string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tool")
	if out, err := exec.Command("go", "build", "-o", file, pkg).CombinedOutput(); err != nil {
		t.Fatalf("cannot build %s: %v\n%s", pkg, err, out)
	}
	return file
}

// run runs a program to its end; filling a million records takes minutes.
func run(t *testing.T, program string, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// server is a running program.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	data string

	mu   sync.Mutex
	log  strings.Builder
	done chan struct{}

	registered sync.Once
	access     string // of the registered grower
}

var serving = regexp.MustCompile(`msg=serving address=\S*:(\d+)`)

// start runs `mangosense serve` on a free port with a data folder of its own
// and waits until it says where it listens.
func start(t *testing.T, env ...string) *server {
	t.Helper()
	return startIn(t, t.TempDir(), env...)
}

// startIn is start on a given data folder.
func startIn(t *testing.T, data string, env ...string) *server {
	t.Helper()
	cmd := exec.Command(binary, "serve")
	cmd.Env = append(os.Environ(), append([]string{
		"PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR=" + data, "MODELS_DIR=" + needModels(t), "RATE_LIMIT=off",
	}, env...)...)
	return follow(t, cmd, data)
}

// follow starts a command that becomes a server, and waits until it serves.
func follow(t *testing.T, cmd *exec.Cmd, data string) *server {
	t.Helper()
	s := &server{t: t, cmd: cmd, data: data, done: make(chan struct{})}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	port := make(chan string, 1)
	go s.follow(out, port)
	select {
	case p := <-port:
		s.url = "http://127.0.0.1:" + p
	case <-s.done:
		t.Fatalf("the server ended at once:\n%s", s.logged())
	case <-time.After(2 * time.Minute):
		t.Fatalf("the server did not say where it listens:\n%s", s.logged())
	}
	return s
}

// follow keeps the log and finds the port in it.
func (s *server) follow(out io.Reader, port chan<- string) {
	defer close(s.done)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.mu.Lock()
		s.log.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			port <- m[1]
		}
	}
}

// pid is the process's number.
func (s *server) pid() string { return strconv.Itoa(s.cmd.Process.Pid) }

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop asks the server to end and waits for its exit code.
func (s *server) stop() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	<-s.done
	s.cmd.Wait() // the exit code is read below
	return s.cmd.ProcessState.ExitCode()
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		<-s.done
		s.cmd.Wait()
	}
}

// answer is a reply of the server, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any // nil when the body is no JSON object
}

// do sends a request and reads the whole reply.
func (s *server) do(req *http.Request) (answer, error) {
	client := http.Client{Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}
	json.Unmarshal(body, &a.json) // not every reply is an object
	return a, nil
}

// must is do for a request that has to be answered.
func (s *server) must(method, path string, body io.Reader, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	a, err := s.do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// form writes a predict form; fields are name, value, name, value …
func form(t testing.TB, photo []byte, fields ...string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if photo != nil {
		part, err := w.CreateFormFile("image", "image.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(photo); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

// at leads through nested objects: at(a.json, "data", "primary_prediction").
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}
