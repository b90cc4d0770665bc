package listen

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Descriptors are left for everything else, however few there are.
func TestConnectionsOfDescriptors(t *testing.T) {
	for _, c := range []struct {
		files uint64
		want  int
	}{{0, 8}, {16, 8}, {20, 10}, {64, 32}, {128, 64}, {256, 192}, {1024, 960}, {1088, 1024}, {65536, 1024}, {^uint64(0), 1024}} {
		if got := connectionsOf(c.files, 1024); got != c.want {
			t.Errorf("%d files: %d connections, want %d", c.files, got, c.want)
		}
	}
}

// A low port without the right, which a test as root cannot be refused.
func TestAdviceOnLowPort(t *testing.T) {
	err := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EACCES)}
	said := fmt.Sprint(advice(err, "", 80))
	for _, want := range []string{"may not listen on port 80", "PORT=8000", "setcap", "AmbientCapabilities"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
}
