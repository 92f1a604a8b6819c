//go:build unix

package email

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"syscall"
	"testing"
	"time"

	"callbox/channels/channeltest"
	"callbox/outages"
)

// What signing adds to a mail, in CPU: the comment on DKIM says it.
func BenchmarkSign(b *testing.B) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, minRSA)
	if err != nil {
		b.Fatal(err)
	}
	m := channeltest.Message(outages.Live)
	m.To = "j.morales@example.net"
	mail, err := Compose(m, Sender{Address: "alerts@example.gov", Host: "example.gov"})
	if err != nil {
		b.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ed25519": edwards, "rsa": rsaKey} {
		b.Run(name, func(b *testing.B) {
			c := &Channel{cfg: Config{DKIM: []DKIM{{Domain: "example.gov", Selector: "s", Key: key}}}}
			before := spent(b)
			for b.Loop() {
				if _, err := c.sign(slices.Clone(mail)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent(b)-before)/float64(b.N)/1e3, "cpu-µs/mail")
		})
	}
}

// spent is the CPU that this process has used.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
