package mastodon

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mattn/go-mastodon"

	"callbox/channels/channeltest"
	"callbox/channels/mastodon/mastodontest"
)

func TestAServerSaysItsLimitsOrHasTheUsualOnes(t *testing.T) {
	for said, want := range map[string]Limits{
		`{}`:                                    Usual,
		`{"configuration": null}`:               Usual,
		`{"configuration": {"statuses": null}}`: Usual,
		`{"configuration": {"statuses": {"max_characters": "many", "characters_reserved_per_url": 23}}}`:   Usual,
		`{"configuration": {"statuses": {"max_characters": 500}}}`:                                         {Chars: 500},
		`{"configuration": {"statuses": {"max_characters": -1, "characters_reserved_per_url": 0}}}`:        {Chars: 500},
		`{"configuration": {"statuses": {"max_characters": 300, "characters_reserved_per_url": 30}}}`:      {Chars: 300},
		`{"configuration": {"statuses": {"max_characters": 5000, "characters_reserved_per_url": 25}}}`:     {Chars: 5000},
		`{"configuration": {"statuses": {"max_characters": 1e300, "characters_reserved_per_url": 1e300}}}`: {Chars: 10_000},
	} {
		var i mastodon.Instance
		if err := json.Unmarshal([]byte(said), &i); err != nil {
			t.Fatal(err)
		}
		if got := limitsOf(&i); got != want {
			t.Errorf("%s: %+v, want %+v", said, got, want)
		}
	}
}

func TestTheLimitsOfAServerAreAskedOnceADay(t *testing.T) {
	ch, server := stand(t)
	now := channeltest.Now
	ch.now = func() time.Time { return now }
	far := newSide(server)
	m := long(far.to)
	reads := func() int {
		before := server.Counts().Reads
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		return server.Counts().Reads - before
	}
	if got := reads(); got != 3 { // limits, whose token, statuses
		t.Errorf("the first Send read %d times, want 3", got)
	}
	if got := reads(); got != 1 { // statuses
		t.Errorf("the second Send read %d times, want 1", got)
	}
	now = now.Add(rememberLimits)
	if got := reads(); got != 2 { // limits, statuses
		t.Errorf("the next day's Send read %d times, want 2", got)
	}
}

func TestAServerThatHidesOrGarblesItsLimitsIsPostedToAllTheSame(t *testing.T) {
	for name, answer := range map[string]mastodontest.Answer{
		"not found": mastodontest.NotFound, "not allowed": mastodontest.Forbidden,
		"HTML": {Status: 200, Body: "<html>"}, "a list": {Status: 200, Body: "[]"},
	} {
		ch, server := stand(t)
		server.Chars, server.Quiet = 501, true
		far := newSide(server)
		far.NextRead(answer)
		if receipt, err := ch.Send(t.Context(), long(far.to)); err != nil || len(receipt) == 0 {
			t.Errorf("%s: Send = %v, %v", name, receipt, err)
		}
	}
}

func TestALongerLimitIsUsed(t *testing.T) {
	ch, server := stand(t)
	server.Chars, server.URL = 5000, 25
	far := newSide(server)
	receipt, err := ch.Send(t.Context(), long(far.to))
	if err != nil || len(receipt) != 2 {
		t.Errorf("Send = %d parts, %v; want one status in each language", len(receipt), err)
	}
}
