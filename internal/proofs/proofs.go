// Package proofs shows officials what will be sent, before it is: every string that readers may see, as it
// stands in the bytes that each channel transmits, with its length and its limit.
//
// A proof is made by the Compose of its channel, which Send transmits too; it is never worded again.
package proofs

import (
	"context"
	"fmt"
	"unicode/utf8"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/email"
	"callbox/channels/mastodon"
	"callbox/outages"
	"callbox/templates"
)

// Proof is one string as readers of a channel get it.
type Proof struct {
	Areas   []areas.ID     `json:"areas"` // of the readers
	Place   string         `json:"place"` // their names, or what the outlet hears
	Channel channels.Name  `json:"channel"`
	Lang    templates.Lang `json:"lang"`
	Field   string         `json:"field"` // "title", "subject", "status 1/2"
	Text    string         `json:"text"`
	Length  int            `json:"length"`
	Limit   int            `json:"limit,omitempty"` // zero where there is none
	Unit    string         `json:"unit"`            // "characters" or "bytes"
}

// The limits that channels do not tell, in characters.
const (
	titleMax   = 50   // what phones show of a notification's title
	subjectMax = 120  // of a mail, in one glance
	contentMax = 2000 // of a Discord post; the next two are of its embeds
	embedTitle = 256
	embedText  = 4096
	headMax    = 159  // of a CAP headline: less than 160 (CAP 1.2, 3.2.2)
	proseMax   = 1800 // of a CAP description and instruction together, for EAS
	placeMax   = 49   // of a CAP areaDesc
	shortMax   = 90   // of WEA texts (47 CFR 10.430)
	longMax    = 360
)

// Press makes proofs.
type Press struct {
	Sender email.Sender    // of mails
	Limits mastodon.Limits // of statuses
	// Feed makes the documents of a message; nil leaves the feed out.
	Feed func(context.Context, channels.Message) ([]cap.Document, error)
}

// readers are those that a proof is for.
type readers struct {
	areas []areas.ID
	place string
}

// proof measures a text in characters.
func (r readers) proof(c channels.Name, l templates.Lang, field, text string) Proof {
	return Proof{Areas: r.areas, Place: r.place, Channel: c, Lang: l, Field: field, Text: text,
		Length: utf8.RuneCountInString(text), Unit: "characters"}
}

func (p Proof) atMost(limit int) Proof {
	p.Limit = limit
	return p
}

// Person returns the proofs of one text that people read: as a push and as a mail. Its error names the
// channel that cannot send it.
func (p Press) Person(m channels.Message) ([]Proof, error) {
	if len(m.Texts) == 0 || len(m.Texts[0].Parts) == 0 {
		return nil, nil
	}
	t := m.Texts[0]
	r := readers{t.Parts[0].Areas, t.Parts[0].Name}
	out, err := r.push(m)
	if err != nil {
		return nil, fmt.Errorf("the push for %s in %q: %w", r.place, t.Lang, err)
	}
	mail, err := r.mail(m, p.Sender)
	if err != nil {
		return out, fmt.Errorf("the mail for %s in %q: %w", r.place, t.Lang, err)
	}
	return append(out, mail...), nil
}

// Crowd returns the proofs of the texts that an outlet of some areas posts: to Discord, to Mastodon and in
// the feed. Its error names the channel that cannot send them; the proofs of those before it come along.
func (p Press) Crowd(ctx context.Context, m channels.Message, outlet []areas.ID, place string) ([]Proof, error) {
	r := readers{outlet, place}
	out, err := r.discord(m)
	if err != nil {
		return nil, fmt.Errorf("the Discord post for %s: %w", place, err)
	}
	statuses, err := r.mastodon(m, p.Limits)
	if err != nil {
		return out, fmt.Errorf("the Mastodon thread for %s: %w", place, err)
	}
	out = append(out, statuses...)
	if p.Feed == nil {
		return out, nil
	}
	docs, err := p.Feed(ctx, m)
	if err != nil {
		return out, fmt.Errorf("the feed for %s: %w", place, err)
	}
	entries, err := r.feed(docs)
	return append(out, entries...), err
}

// Findings says which proofs are longer than their limit.
func Findings(list []Proof) outages.Findings {
	var out outages.Findings
	for _, p := range list {
		if p.Limit > 0 && p.Length > p.Limit {
			out = append(out, outages.Finding{Rule: "too-long", Block: p.Field != "title", Place: fmt.Sprintf("%s, %s, %s", p.Channel, p.Lang, p.Place),
				Text: fmt.Sprintf("the %s has %d %s and its limit is %d", p.Field, p.Length, p.Unit, p.Limit)})
		}
	}
	return out
}
