package channels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestOnlyGlobalAddressesAreDialled(t *testing.T) {
	tests := []struct {
		ip   string
		want bool
	}{
		{"8.8.8.8", true},
		{"100.63.255.255", true},
		{"172.32.0.1", true},
		{"2600::1", true},
		{"::ffff:8.8.8.8", true},
		{"64:ff9b::808:808", true}, // 8.8.8.8 by NAT64

		{"127.0.0.1", false},
		{"127.8.8.8", false},
		{"0.0.0.0", false},
		{"10.1.2.3", false},
		{"172.16.0.1", false},
		{"192.168.1.1", false},
		{"169.254.169.254", false},
		{"100.64.0.1", false},
		{"192.0.0.8", false},
		{"192.0.2.1", false},
		{"198.18.0.1", false},
		{"198.51.100.1", false},
		{"203.0.113.1", false},
		{"192.88.99.1", false},
		{"224.0.0.1", false},
		{"240.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:169.254.169.254", false},
		{"::127.0.0.1", false},     // IPv4-compatible
		{"64:ff9b::7f00:1", false}, // 127.0.0.1 by NAT64
		{"64:ff9b::a9fe:1", false}, // 169.254.0.1 by NAT64
		{"64:ff9b:1::1", false},    // local NAT64
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"2600::1%eth0", false},
		{"fec0::1", false},
		{"fc00::1", false},
		{"fd12::1", false},
		{"ff02::1", false},
		{"100::1", false},
		{"2001::1", false}, // Teredo
		{"2001:db8::1", false},
		{"2002:7f00:1::", false}, // 6to4
		{"3fff::1", false},
		{"5f00::1", false},
		{"4000::1", false},
	}
	for _, tt := range tests {
		if got := global(netip.MustParseAddr(tt.ip)); got != tt.want {
			t.Errorf("global(%s) = %v, want %v", tt.ip, got, tt.want)
		}
	}
	if global(netip.Addr{}) {
		t.Error("the zero address is global, want not")
	}
}

func TestAURLIsRefusedByItsForm(t *testing.T) {
	tests := []struct {
		name, url string
		client    *http.Client
		want      bool
	}{
		{"an https host", "https://push.example.com/x", NewClient(), true},
		{"port 443", "https://push.example.com:443/x", NewClient(), true},
		{"plain http", "http://push.example.com/x", NewClient(), false},
		{"another port", "https://push.example.com:8443/x", NewClient(), false},
		{"a user name", "https://me@push.example.com/x", NewClient(), false},
		{"an IPv4 address", "https://8.8.8.8/x", NewClient(), false},
		{"an IPv6 address", "https://[2600::1]/x", NewClient(), false},
		{"no host", "https:///x", NewClient(), false},
		{"another scheme", "file:///etc/passwd", NewClient(), false},
		{"no URL", "https://%zz", NewClient(), false},
		{"loopback, strictly", "https://127.0.0.1:8443/x", NewClient(), false},
		{"loopback by the option", "http://127.0.0.1:8080/x", NewClient(Loopback()), true},
		{"another scheme by the option", "ftp://127.0.0.1/x", NewClient(Loopback()), false},
		{"a client that is not guarded", "http://127.0.0.1:8080/x", http.DefaultClient, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := CheckURL(tt.client, tt.url)
			if got := err == nil; got != tt.want {
				t.Errorf("CheckURL accepts: %v (error: %v), want %v", got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "/x") {
				t.Errorf("the error quotes the URL: %v", err)
			}
		})
	}
}

// A name that DNS turns into a private address is caught at the dial, whatever the URL looked like.
func TestTheDialIsGuardedAfterDNS(t *testing.T) {
	tests := []struct {
		name, address string
		opts          []Option
		want          bool
	}{
		{"a global address", "8.8.8.8:443", nil, true},
		{"a global address, another port", "8.8.8.8:25", nil, false},
		{"loopback", "127.0.0.1:443", nil, false},
		{"metadata", "169.254.169.254:443", nil, false},
		{"mapped metadata", "[::ffff:169.254.169.254]:443", nil, false},
		{"not an address", "localhost:443", nil, false},
		{"loopback by the option", "127.0.0.1:8080", []Option{Loopback()}, true},
		{"a global address by the option", "8.8.8.8:443", []Option{Loopback()}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := NewClient(tt.opts...).Transport.(*guard)
			err := g.control("tcp", tt.address, nil)
			if got := err == nil; got != tt.want {
				t.Errorf("dials: %v (error: %v), want %v", got, err, tt.want)
			}
		})
	}
}

func TestTheStrictClientDialsNoNameOfLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := NewClient()
	// The dialer is asked directly: it is the last line when the form of a URL told nothing.
	_, err = c.Transport.(*guard).transport.DialContext(t.Context(), "tcp", l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "not global") {
		t.Errorf("dialling loopback gave %v, want an error that it is not global", err)
	}
}

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func post(t *testing.T, c *http.Client, url string) (*Answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	return Do(c, req)
}

func TestARedirectIsAnAnswer(t *testing.T) {
	followed := false
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed = true
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	a, err := post(t, NewClient(Loopback()), url)
	if err != nil || a.Status != http.StatusTemporaryRedirect || followed {
		t.Errorf("answer %+v, error %v, followed %v; want 307 and not followed", a, err, followed)
	}
}

func TestALongAnswerEndsAtTheLimit(t *testing.T) {
	for _, tt := range []struct {
		size int
		want error
	}{{0, nil}, {MaxAnswer, nil}, {MaxAnswer + 1, ErrTooLong}, {3 * MaxAnswer, ErrTooLong}} {
		t.Run(fmt.Sprint(tt.size), func(t *testing.T) {
			url := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Write(make([]byte, tt.size))
			})
			a, err := post(t, NewClient(Loopback()), url)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error is %v, want %v", err, tt.want)
			}
			if want := min(tt.size, MaxAnswer); len(a.Body) != want {
				t.Errorf("read %d bytes, want %d", len(a.Body), want)
			}
		})
	}
}

func TestAConnectionServesAgain(t *testing.T) {
	addresses := map[string]bool{}
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, strings.Repeat("no ", 1000))
	})
	c := NewClient(Loopback())
	for range 5 {
		if _, err := post(t, c, url); err != nil {
			t.Fatal(err)
		}
	}
	if len(addresses) != 1 {
		t.Errorf("5 requests used %d connections, want 1", len(addresses))
	}
}

func TestASlowFarSideIsLeft(t *testing.T) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	_, err := post(t, NewClient(Loopback(), Within(30*time.Millisecond)), url)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want a deadline", err)
	}
}

func TestErrorsShowNoURL(t *testing.T) {
	const secret = "s3cr3t-token"
	dead := server(t, nil)
	refused := "http://127.0.0.1:1/" + secret
	for name, url := range map[string]string{
		"a refused connection": refused, "a refused form": "http://u:" + secret + "@127.0.0.1/",
		"a foreign address": "http://8.8.8.8/" + secret + "?" + secret, "an alive one": dead + "/" + secret,
	} {
		t.Run(name, func(t *testing.T) {
			c := NewClient(Loopback(), Within(20*time.Millisecond))
			if name == "an alive one" {
				c = NewClient()
			}
			_, err := post(t, c, url)
			if err == nil {
				t.Fatal("no error, want one")
			}
			for ; err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows the secret: %v", err)
				}
			}
		})
	}
	_, err := http.NewRequest(http.MethodPost, "https://example.com:"+secret+"/", nil)
	if got := Strip(fmt.Errorf("making a request: %w", err)).Error(); got != "not a URL" {
		t.Errorf("Strip of a parse error is %q, want %q", got, "not a URL")
	}
	plain := errors.New("something else")
	if got := Strip(plain); got != plain {
		t.Errorf("Strip of another error is %v, want it as it was", got)
	}
}
