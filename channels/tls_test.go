package channels

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
)

// A provider is believed by its certificate and by nothing else, and not over TLS of the last century.
func TestAProviderWithoutAValidCertificateIsNotSpokenTo(t *testing.T) {
	for name, c := range map[string]struct {
		server *tls.Config
		trust  bool
		want   string
	}{
		"a certificate that nobody vouches for": {&tls.Config{}, false, "certificate"},
		"TLS 1.1":                               {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, true, "protocol version"},
	} {
		s := httptest.NewUnstartedServer(nil)
		s.TLS = c.server
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of us
		s.StartTLS()
		defer s.Close()
		opts := []Option{Loopback()}
		if c.trust {
			roots := x509.NewCertPool()
			roots.AddCert(s.Certificate())
			opts = append(opts, Trust(roots))
		}
		_, err := NewClient(opts...).Get(s.URL)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it refused for its %s", name, err, c.want)
		}
	}
}
