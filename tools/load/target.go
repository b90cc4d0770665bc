package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// target is where the load goes: one address of this machine.
type target struct {
	url    string
	port   int
	client *http.Client
}

func newTarget(ctx context.Context, o options) (*target, error) {
	u, err := url.Parse(o.url)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no http:// address", o.url)
	}
	addresses, err := net.DefaultResolver.LookupIPAddr(ctx, u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("cannot resolve %s: %w", u.Hostname(), err)
	}
	for _, a := range addresses {
		if !a.IP.IsLoopback() {
			return nil, fmt.Errorf("load is sent to this machine only, and %s (%s) is not a loopback address: use 127.0.0.1", u.Hostname(), a.IP)
		}
	}
	port := 80
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("%q is no port", u.Port())
		}
	}
	// The address that was looked at is the one dialled: no second look-up,
	// no proxy, no redirect can lead elsewhere.
	pinned := net.JoinHostPort(addresses[0].IP.String(), strconv.Itoa(port))
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, pinned)
		},
		MaxIdleConnsPerHost: 1 << 14,
		WriteBufferSize:     256 << 10,
		DisableCompression:  true,
	}
	return &target{
		url:  o.url,
		port: port,
		client: &http.Client{
			Transport:     transport,
			Timeout:       o.timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}
