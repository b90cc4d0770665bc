package listen

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"mangosense/server/internal/ordered"
)

// certificate is a pair of files that is read again when it changes, so that a
// renewed certificate needs no restart.
type certificate struct {
	cert, key string

	current atomic.Pointer[tls.Certificate]

	reading ordered.Mutex[ordered.Certificate] // guards what follows
	stamp   time.Time                          // of the newest of the two files
	looked  time.Time
}

// lookEvery bounds how often the files are looked at.
const lookEvery = 10 * time.Second

// TLS wraps a listener; the files must be good now.
func TLS(ln net.Listener, cert, key string) (net.Listener, error) {
	c := &certificate{cert: cert, key: key}
	if err := c.load(); err != nil {
		return nil, err
	}
	return tls.NewListener(ln, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
	}), nil
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("cannot read TLS_CERT (--tls-cert) and TLS_KEY (--tls-key): %w", err)
	}
	c.current.Store(&pair)
	c.stamp, c.looked = c.newest(), time.Now()
	return nil
}

func (c *certificate) newest() (t time.Time) {
	for _, path := range []string{c.cert, c.key} {
		if st, err := os.Stat(path); err == nil && st.ModTime().After(t) {
			t = st.ModTime()
		}
	}
	return t
}

// get is the certificate of now. While new files do not fit together the old
// ones serve on: they may be half replaced. One handshake looks at the files;
// the others do not wait for it, since a disk may take its time.
func (c *certificate) get() *tls.Certificate {
	if c.reading.TryLock() {
		defer c.reading.Unlock()
		if time.Since(c.looked) >= lookEvery {
			c.looked = time.Now()
			if c.newest().After(c.stamp) {
				_ = c.load()
			}
		}
	}
	return c.current.Load()
}
