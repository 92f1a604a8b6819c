package cap

import (
	"fmt"
	"time"

	"callbox/outages"
)

// Handover is a published document, copied for the operator of an IPAWS alerting authority, who transmits
// it with a tool and a certificate of their own. It is never published here.
type Handover struct {
	Identifier string    `json:"identifier"`
	Sent       time.Time `json:"sent"` // now, because IPAWS refuses a message older than five minutes
	Expires    time.Time `json:"expires"`
	XML        []byte    `json:"-"` // without our signature, because theirs replaces it
	// Report is the pre-flight report: every rule of a document, in order.
	Report []Preflight `json:"report"`
}

// Preflight is one rule in the report of a [Handover].
type Preflight struct {
	Rule     string            `json:"rule"`  // "cap-8"
	About    string            `json:"about"` // what it asks for
	Meets    bool              `json:"meets"` // nothing found breaks it; warnings may remain
	Findings []outages.Finding `json:"findings"`
}

// about says what each rule of a document asks for, from rule 1.
var about = []string{
	"CAP 1.2: the schema's elements in their order, in canonical bytes",
	"CAP 1.2: identifier and sender are unique, and written as every reader takes them",
	"IPAWS: times in whole seconds with an offset; expires within 5 minutes and 24 hours",
	"IPAWS: status Actual, scope Public",
	"CAP 1.2: references to the earlier messages of the same sender",
	"IPAWS: one info for each language, all with the same facts",
	"EAS: one event code, and names and texts that are short enough",
	"IPAWS and WEA: real SAME codes; closed, simple polygons of at most 10 shapes and 100 points",
	"WEA: urgency, severity, certainty and response that ring phones",
	"WEA: texts of 90 and 360 characters that every phone shows",
	"EAS: the originator, or the channels that are blocked",
	"IPAWS: an absolute https address for more, and no resources that cannot be fetched",
	"CAP 1.2: plain text without markup, control characters and split accents",
}

// Ready reports whether no rule blocks: IPAWS would refuse the copy otherwise.
func (h Handover) Ready() bool {
	for _, p := range h.Report {
		if !p.Meets {
			return false
		}
	}
	return true
}

// HandOver copies a published document as it stands at a moment.
func HandOver(d Document, r Rules, now time.Time) (Handover, error) {
	a, err := Parse(d.XML)
	if err != nil {
		return Handover{}, fmt.Errorf("hand over %s: %w", d.Identifier, err)
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
	copied.XML, copied.Sent = a.Marshal(), a.Sent.Time()
	_, findings := r.document(copied)
	out = append(out, findings...)
	if s := (subject{Alert: a}); !s.rings() {
		out.warn(11, d.Identifier, "is blocked for EAS, phones and NWEM: it ends or repeats what they were told")
	}
	if len(a.Referenced()) > 0 {
		out.warn(5, d.Identifier, "references the messages of this feed: name those that were transmitted to IPAWS instead")
	}
	out.warn(3, d.Identifier, "transmit within five minutes of %s", a.Sent)
	return Handover{Identifier: d.Identifier, Sent: copied.Sent, Expires: d.Expires, XML: copied.XML, Report: preflight(out)}, nil
}

// preflight sorts findings by the rules.
func preflight(findings []outages.Finding) []Preflight {
	var out []Preflight
	for i, text := range about {
		p := Preflight{Rule: fmt.Sprintf("cap-%d", i+1), About: text, Meets: true, Findings: []outages.Finding{}}
		for _, f := range findings {
			if f.Rule == p.Rule {
				p.Meets = p.Meets && !f.Block
				p.Findings = append(p.Findings, f)
			}
		}
		out = append(out, p)
	}
	return out
}
