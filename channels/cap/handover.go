package cap

import (
	"fmt"
	"time"

	"callbox/outages"
)

// Handover copies a published document for the operator of an IPAWS alerting authority, who transmits it
// with a tool and a certificate of their own: sent is now, because IPAWS refuses a message older than
// five minutes, and our signature is gone, because theirs replaces it. The findings are the pre-flight
// report; with one that blocks, IPAWS would refuse the copy. It is never published here.
func Handover(d Document, r Rules, now time.Time) ([]byte, []outages.Finding, error) {
	a, err := Parse(d.XML)
	if err != nil {
		return nil, nil, fmt.Errorf("hand over %s: %w", d.Identifier, err)
	}
	var out report
	if a.Status != "Actual" {
		out.block(4, d.Identifier, "IPAWS disseminates Actual messages only")
	}
	if !d.Expires.After(now) {
		out.block(3, d.Identifier, "has expired at %s: hand over the newest document", d.Expires.Format(time.RFC3339))
	}
	a.Sent = stampOf(now.Truncate(time.Second).In(a.Sent.Time().Location()))
	copied := d
	copied.XML = a.Marshal()
	copied.Sent = a.Sent.Time()
	_, findings := r.document(copied)
	out = append(out, findings...)
	if s := (subject{Alert: a}); !s.rings() {
		out.warn(11, d.Identifier, "is blocked for EAS, phones and NWEM: it ends or repeats what they were told")
	}
	if len(a.Referenced()) > 0 {
		out.warn(5, d.Identifier, "references the messages of this feed: name those that were transmitted to IPAWS instead")
	}
	out.warn(3, d.Identifier, "transmit within five minutes of %s", a.Sent)
	return copied.XML, out, nil
}
