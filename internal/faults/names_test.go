//go:build faults

package faults

import (
	"crypto/tls"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"callbox/channels"
)

// named are faults of what comes before the first word to a far side: its name, and its certificate.
func named() (out []fault) {
	for _, c := range []channels.Name{channels.Email, channels.Push} {
		behave := func(m manner) func(*room) { return func(r *room) { r.ok(r.gate.behave(m)) } }
		shows := func(name string, until time.Duration) func(*room) {
			return func(r *room) {
				made, err := r.gate.certificate(name, time.Now().Add(until))
				r.ok(err)
				r.ok(r.gate.behave(manner{certificate: made}))
			}
		}
		for _, f := range []fault{
			{name: "shows a certificate that has expired", set: shows(gateName, -time.Minute)},
			{name: "shows a certificate for another name", set: shows("other.example.net", time.Hour)},
			{name: "shows a certificate that nobody vouches for", set: func(r *room) {
				stranger, err := openGate(r.gate.to)
				r.ok(err)
				defer stranger.close()
				r.ok(r.gate.behave(manner{certificate: stranger.now.Load().certificate}))
			}},
			{name: "speaks no newer TLS than 1.1", set: behave(manner{newest: tls.VersionTLS11})},
			{name: "breaks the TLS handshake off", set: behave(manner{cut: true})},
			{name: "says nothing in the TLS handshake", set: behave(manner{silent: true})},
			{name: "has a name that DNS does not know", set: behave(manner{dns: dnsmessage.RCodeNameError})},
			{name: "has a name whose server fails", set: behave(manner{dns: dnsmessage.RCodeServerFailure})},
			{name: "has a name whose server says nothing", set: behave(manner{dnsSilent: true})},
		} {
			f.name, f.channel, f.named, f.repeats = string(c)+" "+f.name, c, true, 20*people
			f.lift = behave(manner{})
			out = append(out, f)
		}
	}
	return out
}
