//go:build interop

package interop_test

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
)

// Where mails come back to, and what signs it.
const (
	returnPath = "bounces+*@bounce.example.gov"
	bounceKey  = "sixteen bytes or more"
)

// mailer makes an e-mail channel with some relays.
func mailer(t *testing.T, relays ...email.Relay) *email.Channel {
	t.Helper()
	return mailerTrusting(t, nil, relays...)
}

func mailerTrusting(t *testing.T, roots *x509.CertPool, relays ...email.Relay) *email.Channel {
	t.Helper()
	ch, err := email.New(email.Config{
		From: "alerts@alerts.example.gov", ReturnPath: returnPath, BounceKey: bounceKey, Relays: relays, RootCAs: roots,
		Timeouts: email.Timeouts{Dial: 5 * time.Second, Command: 5 * time.Second, Final: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ch.Close() })
	return ch
}

// letters makes messages to as many residents.
func letters(n int) []channels.Message {
	all := make([]channels.Message, n)
	m := fresh(channeltest.Sample{Towns: 2})
	for i := range all {
		m.Key, m.To = fmt.Sprintf("%s/%d/a-%d", m.Bulletin.Outage, m.Bulletin.Seq, i), fmt.Sprintf("r%d@example.net", i)
		all[i] = m
	}
	return all
}
