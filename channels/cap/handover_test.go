package cap

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"callbox/channels/channeltest"
	"callbox/outages"
)

func TestAHandoverIsFreshUnsignedAndKeepsTheRules(t *testing.T) {
	d := newDesk(t, testSigner(t))
	m := message(channeltest.Sample{}, 0)
	doc := d.publish(t, m)[0]
	r := Rules{Atlas: d.atlas, Speaker: m.Bulletin.Facts.Speaker}
	now := doc.Sent.Add(40 * time.Minute)
	body, findings, err := Handover(doc, r, now)
	if err != nil || len(blocking(findings)) != 0 {
		t.Fatalf("findings %v, error %v", findings, err)
	}
	a, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Sent.Time().Equal(now) || string(a.Infos[0].Expires) != "2026-11-13T19:05:00-05:00" {
		t.Errorf("sent %s and expires %s, want now and as published", a.Sent, a.Infos[0].Expires)
	}
	if bytes.Contains(body, []byte("Signature")) {
		t.Error("the copy has our signature")
	}
	stored, err := d.shelf.Read(t.Context(), doc.Identifier)
	if err != nil || !bytes.Equal(stored.XML, doc.XML) {
		t.Error("the published document changed")
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
		_, findings, err := Handover(doc, Rules{Atlas: d.atlas}, doc.Sent.Add(c.after))
		if err != nil || !slices.Contains(blocking(findings), c.rule) {
			t.Errorf("%s: findings %v, error %v; want %s to block", name, findings, err, c.rule)
		}
	}
}
