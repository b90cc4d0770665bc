package listen

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// The states of a TCP connection, as Linux numbers them.
const (
	tcpClose     = 7 // nothing can be sent or received any more
	tcpCloseWait = 8 // the other side has ended what it sends
)

// Gone reports whether the other side has closed the connection, or has ended what
// it sends with fewer than left bytes unread. It does not wait.
func (c *Conn) Gone(left int) bool {
	s, ok := c.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return // no TCP, or nobody who knows
		}
		switch info.State {
		case tcpClose:
			gone = true
		case tcpCloseWait:
			unread, err := unix.IoctlGetInt(int(fd), unix.SIOCINQ)
			gone = err == nil && unread < left
		}
	})
	return gone || err != nil // an error: it was closed on this side
}
