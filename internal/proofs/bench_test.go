package proofs

import (
	"fmt"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/discord"
	"callbox/channels/email"
	"callbox/channels/mastodon"
	"callbox/channels/push"
	"callbox/outages"
	"callbox/templates"
)

// massachusetts is an outage of a whole state: 351 towns, each with two numbers of its own.
func massachusetts(b *testing.B) (outages.Draft, *areas.Book) {
	b.Helper()
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for i := range 351 {
		id := areas.ID(fmt.Sprintf("x-ma-%03d", i))
		h.Areas = append(h.Areas, areas.Area{ID: id, Name: fmt.Sprintf("Town %03d", i), State: "MA", Within: "25"})
		h.ZIPs[areas.ZIP(fmt.Sprintf("%05d", 99000+i))] = []areas.ID{id}
		for j, need := range []areas.Need{areas.Police, areas.Fire} {
			h.Numbers = append(h.Numbers, areas.Number{Area: id, For: need, Tel: areas.Tel(fmt.Sprintf("+1%03d55501%02d", 200+i, j))})
		}
	}
	book, err := areas.NewBook(h)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2024, 6, 18, 17, 50, 0, 0, time.UTC)
	d := outages.Declaration{Kind: outages.Alert, Mode: outages.Live, Began: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour),
		Conditions: []outages.Condition{{Area: "25", Service: outages.Voice, State: outages.Down}, {Area: "25", Service: outages.Text, State: outages.Working}}}
	o := outages.Outage{ID: "ma", Agency: "ma", Mode: outages.Live, Speaker: outages.Speaker{
		ID: "ma", Name: "Massachusetts State 911 Department", Zone: "America/New_York", Sender: "alerts@example.gov", Jurisdiction: []areas.ID{"25"}}}
	f, _ := outages.Resolve(o, d, book, now)
	f.Advice = f.Advice[len(f.Advice)-351:] // the counties of ZIPs that were not imported stay out
	return outages.Draft{Outage: "ma", Seq: 1, Declaration: d, Facts: f}, book
}

// BenchmarkState renders 351 towns and the crowd of all in two languages, and composes them for each channel:
// what declaring an outage of a state costs before the first byte leaves.
func BenchmarkState(b *testing.B) {
	d, book := massachusetts(b)
	m := channels.Message{Key: "k", Mode: outages.Live, To: "a@example.org", Page: "https://alerts.example.gov/outages/ma", Leave: "https://alerts.example.gov/leave/k",
		Bulletin: outages.Bulletin{Outage: "ma", Seq: 1, Mode: outages.Live, Kind: outages.Alert, Issued: d.Facts.At, Expires: d.Facts.At.Add(4 * time.Hour),
			Declaration: d.Declaration, Facts: d.Facts}}
	crowd := m
	people, crowdTexts := rendered(b, d)
	crowd.Texts = crowdTexts
	each := func(compose func(channels.Message) error) func() error {
		return func() error {
			for _, t := range people {
				m.Texts = []templates.Text{t}
				if err := compose(m); err != nil {
					return err
				}
			}
			return nil
		}
	}
	sender := email.Sender{Address: "alerts@example.gov", Host: "example.gov"}
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"render", func() error { rendered(b, d); return nil }},
		{"push", each(func(m channels.Message) error { _, err := push.Compose(m); return err })},
		{"email", each(func(m channels.Message) error { _, err := email.Compose(m, sender); return err })},
		{"discord", func() error { _, err := discord.Compose(crowd); return err }},
		{"mastodon", func() error { _, err := mastodon.Compose(crowd, mastodon.Usual); return err }},
		{"cap", func() error { _, err := cap.Compose(crowd, cap.Press{Atlas: book}, nil); return err }},
	} {
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				if err := part.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// rendered words a draft for the readers of every area, and for the crowd of all.
func rendered(b *testing.B, d outages.Draft) (people, crowd []templates.Text) {
	b.Helper()
	langs := []templates.Lang{templates.English, templates.Spanish}
	for _, a := range d.Facts.Advice {
		texts, err := templates.Render(d, templates.Reader{Areas: []areas.ID{a.Area.ID}, Langs: langs})
		if err != nil {
			b.Fatal(err)
		}
		people = append(people, texts...)
	}
	crowd, err := templates.Render(d, templates.Reader{Areas: []areas.ID{"25"}, Crowd: true, Langs: langs})
	if err != nil {
		b.Fatal(err)
	}
	return people, crowd
}
