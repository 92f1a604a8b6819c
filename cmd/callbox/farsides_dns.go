//go:build farsides

package main

import (
	"context"
	"net"
	"os"
)

// FARSIDE_DNS=host:port has this process ask a name server of the tests instead of the machine's.
func init() {
	server := os.Getenv("FARSIDE_DNS")
	if server == "" {
		return
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server)
	}}
}
