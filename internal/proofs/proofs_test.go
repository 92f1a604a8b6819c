package proofs

import (
	"context"
	"strings"
	"testing"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/channels/mastodon"
	"callbox/outages"
)

func TestWhatIsLongerThanItsLimitIsAFinding(t *testing.T) {
	r := readers{place: "Westport"}
	list := []Proof{
		r.proof(channels.Push, "en", "title", strings.Repeat("é", 51)).atMost(50),
		r.proof(channels.CAP, "es", "CMAMtext", strings.Repeat("é", 91)).atMost(90),
		r.proof(channels.CAP, "en", "CMAMtext", strings.Repeat("é", 90)).atMost(90),
		r.proof(channels.Email, "en", "text", strings.Repeat("x", 9999)),
	}
	f := Findings(list)
	if len(f) != 2 || f[0].Block || !f[1].Block || f[1].Text != "the CMAMtext has 91 characters and its limit is 90" {
		t.Errorf("got %+v, want a warning of the title and a block of the Spanish phone text", f)
	}
}

// Promise 15.
func TestAProofIsReadBackFromWhatTheChannelComposed(t *testing.T) {
	p := Press{Sender: email.Sender{Address: "alerts@example.gov", Host: "example.gov"}, Limits: mastodon.Usual}
	m := channeltest.Message(outages.Live)
	m.Key, m.Page, m.Leave = "k", "https://alerts.example.gov/o/1", "https://alerts.example.gov/leave/1"
	people, err := p.Person(m)
	if err != nil {
		t.Fatal(err)
	}
	crowds, err := p.Crowd(context.Background(), m, m.Texts[0].Parts[0].Areas, "here")
	if err != nil {
		t.Fatal(err)
	}
	title := m.Texts[0].Title
	for _, field := range []string{"title", "subject", "content", "embed title"} {
		found := false
		for _, proof := range append(people, crowds...) {
			found = found || proof.Field == field && strings.Contains(proof.Text, title)
		}
		if !found {
			t.Errorf("got no %s with %q", field, title)
		}
	}
}
