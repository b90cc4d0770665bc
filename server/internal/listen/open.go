package listen

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Open listens on a TCP address. Its errors say what to do.
func Open(address string, port int) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err == nil {
		return ln, nil
	}
	return nil, fmt.Errorf("cannot listen: %w%s", err, advice(err, address, port))
}

// advice is what to do about an address that cannot be listened on.
func advice(err error, address string, port int) string {
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return fmt.Sprintf(": this user may not listen on port %d. Choose a port from 1024 on (PORT=8000) and have a proxy listen on %d, "+
			"or give the program the right: setcap cap_net_bind_service=+ep on its file, or AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit", port, port)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf(": another program, perhaps another mangosense, listens on port %d. Stop it, or choose another port (PORT=8001)", port)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		return fmt.Sprintf(": this machine has no address %s. ADDRESS must be one of its own, or empty for all of them", address)
	case errors.Is(err, syscall.EAFNOSUPPORT):
		return ": this machine does not speak that kind of address. ADDRESS chooses another one, such as 0.0.0.0"
	}
	return ""
}
