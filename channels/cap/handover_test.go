package cap

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"callbox/channels/channeltest"
	"callbox/outages"
)

// unmet are the rules that a handover does not meet.
func unmet(h Handover) []string {
	var out []string
	for _, p := range h.Report {
		if !p.Meets {
			out = append(out, p.Rule)
		}
	}
	return out
}

func TestAHandoverIsFreshUnsignedAndKeepsTheRules(t *testing.T) {
	d := newDesk(t, testSigner(t))
	m := message(channeltest.Sample{}, 0)
	doc := d.publish(t, m)[0]
	r := Rules{Atlas: d.atlas, Speaker: m.Bulletin.Facts.Speaker}
	now := doc.Sent.Add(40 * time.Minute)
	h, err := HandOver(doc, r, now)
	if err != nil || !h.Ready() || len(unmet(h)) != 0 {
		t.Fatalf("report %v, error %v; want every rule met", h.Report, err)
	}
	a, err := Parse(h.XML)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Sent.Time().Equal(now) || !h.Sent.Equal(now) || string(a.Infos[0].Expires) != "2026-11-13T19:05:00-05:00" {
		t.Errorf("sent %s and expires %s, want now and as published", a.Sent, a.Infos[0].Expires)
	}
	if bytes.Contains(h.XML, []byte("Signature")) {
		t.Error("the copy has our signature")
	}
	stored, err := d.shelf.Read(t.Context(), doc.Identifier)
	if err != nil || !bytes.Equal(stored.XML, doc.XML) {
		t.Error("the published document changed")
	}
}

func TestAHandoverReportsEveryRuleOfADocument(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{}, channeltest.Sample{Kind: outages.Update})
	h, err := HandOver(d.shelf.docs[1], Rules{Atlas: d.atlas, Earlier: d.shelf.docs[:1]}, d.shelf.docs[1].Sent)
	if err != nil || len(h.Report) != 13 {
		t.Fatalf("%d rules, error %v; want the 13 rules of a document", len(h.Report), err)
	}
	for rule, warns := range map[int]bool{3: true, 5: true, 7: false, 11: true} {
		if p := h.Report[rule-1]; !p.Meets || len(p.Findings) > 0 != warns {
			t.Errorf("rule %d of an update: %+v; want it met, with a warning: %v", rule, p, warns)
		}
	}
}

func TestAHandoverThatIPAWSWouldRefuseIsBlocked(t *testing.T) {
	for name, c := range map[string]struct {
		mode  outages.Mode
		after time.Duration
		rule  string
	}{
		"a drill":              {outages.Drill, time.Minute, "cap-4"},
		"an expired one":       {outages.Live, 5 * time.Hour, "cap-3"},
		"one about to expire":  {outages.Live, 4*time.Hour - time.Minute, "cap-3"},
		"one from a test feed": {outages.Test, time.Minute, "cap-4"},
	} {
		d := newDesk(t, nil)
		doc := d.publish(t, message(channeltest.Sample{Mode: c.mode}, 0))[0]
		h, err := HandOver(doc, Rules{Atlas: d.atlas}, doc.Sent.Add(c.after))
		if err != nil || h.Ready() || !slices.Contains(unmet(h), c.rule) {
			t.Errorf("%s: unmet %v, error %v; want %s", name, unmet(h), err, c.rule)
		}
	}
}
