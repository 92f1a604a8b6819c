//go:build interop

package interop_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/mastodon"
	"callbox/outages"
)

// towns is how many towns an alert names, so that its threads have several statuses.
const towns = 12

// poster is our account on a GoToSocial server. Its steps are one story, in order.
type poster struct {
	server *goToSocial
	token  string
}

func (p *poster) destination(t *testing.T, token string) string {
	t.Helper()
	d, err := json.Marshal(map[string]string{"server": p.server.base, "token": token, "visibility": "public"})
	if err != nil {
		t.Fatal(err)
	}
	return string(d)
}

// channel makes a channel that remembers nothing, as after a restart of ours.
func (p *poster) channel() *mastodon.Channel {
	return mastodon.New(mastodon.Config{Client: channels.NewClient(channels.Loopback())})
}

// message makes a bulletin for the account.
func (p *poster) message(t *testing.T, s channeltest.Sample) channels.Message {
	t.Helper()
	m := fresh(s)
	m.To, m.Leave = p.destination(t, p.token), ""
	return m
}

func (p *poster) send(t *testing.T, m channels.Message) channels.Receipt {
	t.Helper()
	receipt, err := p.channel().Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return receipt
}

// limits are what startGoToSocial gave the server.
var limits = mastodon.Limits{Chars: 500}

func TestAnOutageIsToldOnGoToSocial(t *testing.T) {
	p := &poster{server: startGoToSocial(t)}
	p.token = p.server.token(t)
	alert := p.message(t, channeltest.Sample{Towns: towns})
	told := p.send(t, alert)

	t.Run("each language is a thread of what Compose made", func(t *testing.T) { p.showsThreads(t, alert, told) })
	t.Run("what was posted is read back and compared", func(t *testing.T) { p.readsBack(t, alert, told) })
	t.Run("a repeat of the same key posts nothing", func(t *testing.T) { p.repeats(t, alert, told) })
	t.Run("an update replies to the alert", func(t *testing.T) { p.updates(t, told) })
	t.Run("an update of a deleted alert is posted without reply", func(t *testing.T) { p.outlives(t) })
	t.Run("a drill says so in every status", func(t *testing.T) { p.drills(t) })
	t.Run("a token that is not valid breaks the channel", func(t *testing.T) { p.breaks(t) })
	t.Run("a rate limit in the middle is waited for, and the rest follows", func(t *testing.T) { p.waits(t) })
}

// Promise 15.
func (p *poster) showsThreads(t *testing.T, m channels.Message, told channels.Receipt) {
	want, err := mastodon.Compose(m, limits)
	if err != nil {
		t.Fatal(err)
	}
	got := p.server.posts(t, p.token)
	if len(got) != len(want) || len(told) != len(want) {
		t.Fatalf("%d statuses and a receipt of %d, want %d", len(got), len(told), len(want))
	}
	if len(want) < 4 {
		t.Fatalf("%d statuses are too few for two threads", len(want))
	}
	for i, post := range want {
		s := got[i]
		if s.ID != told[i].ID || s.Language != string(post.Lang) || s.Visibility != "public" {
			t.Errorf("status %d is %s in %q, %s; want %s in %q, public", i+1, s.ID, s.Language, s.Visibility, told[i].ID, post.Lang)
		}
		if text := p.server.source(t, p.token, s.ID); text != post.Status {
			t.Errorf("status %d says\n%s\nwant\n%s", i+1, text, post.Status)
		}
		reply := ""
		if !post.First {
			reply = told[i-1].ID
		}
		if s.ReplyTo != reply {
			t.Errorf("status %d replies to %q, want %q", i+1, s.ReplyTo, reply)
		}
	}
}

// Promise 11.
func (p *poster) readsBack(t *testing.T, m channels.Message, told channels.Receipt) {
	if err := p.channel().ReadBack(t.Context(), m, told); err != nil {
		t.Errorf("ReadBack: %v", err)
	}
	m.Texts = slices.Clone(m.Texts)
	m.Texts[1].Title = "Falla del 911: otro lugar"
	if err := p.channel().ReadBack(t.Context(), m, told); err == nil {
		t.Error("ReadBack of other words than those posted: no error")
	}
}

// Promise 5: this server ignores Idempotency-Key, so the channel must find what stands.
func (p *poster) repeats(t *testing.T, m channels.Message, told channels.Receipt) {
	before := len(p.server.posts(t, p.token))
	for _, begun := range []channels.Receipt{nil, told[:1], told} {
		m.Begun = begun
		if again := p.send(t, m); !slices.EqualFunc(again, told, func(a, b channels.Part) bool { return a.ID == b.ID }) {
			t.Errorf("a repeat with %d parts begun names %v, want %v", len(begun), again, told)
		}
	}
	if after := len(p.server.posts(t, p.token)); after != before {
		t.Errorf("%d statuses after the repeats, want %d", after, before)
	}
}

// sendsReply sends an update to what was told, and returns what its first status of each language replies to.
func (p *poster) sendsReply(t *testing.T, s channeltest.Sample, told channels.Receipt) []string {
	t.Helper()
	s.Kind = outages.Update
	m := p.message(t, s)
	m.Earlier = []channels.Receipt{told}
	want, err := mastodon.Compose(m, limits)
	if err != nil {
		t.Fatal(err)
	}
	before := len(p.server.posts(t, p.token))
	p.send(t, m)
	got := p.server.posts(t, p.token)[before:]
	if len(got) != len(want) {
		t.Fatalf("%d new statuses, want %d", len(got), len(want))
	}
	var replies []string
	for i, post := range want {
		if post.First {
			replies = append(replies, got[i].ReplyTo)
		}
	}
	return replies
}

func (p *poster) updates(t *testing.T, told channels.Receipt) {
	half := slices.IndexFunc(told, func(part channels.Part) bool { return part.Lang != told[0].Lang })
	want := []string{told[half-1].ID, told[len(told)-1].ID}
	if got := p.sendsReply(t, channeltest.Sample{Seq: 2}, told); !slices.Equal(got, want) {
		t.Errorf("the threads reply to %v, want the last of each language: %v", got, want)
	}
}

func (p *poster) outlives(t *testing.T) {
	before := len(p.server.posts(t, p.token))
	told := p.send(t, p.message(t, channeltest.Sample{Outage: "o-2026-1114"}))
	for _, part := range told {
		req := p.server.request(t, http.MethodDelete, "/api/v1/statuses/"+part.ID)
		req.Header.Set("Authorization", "Bearer "+p.token)
		p.server.call(t, req, &struct{}{})
	}
	await(t, "the server to delete the alert", func() error { // it answers first
		if left := len(p.server.posts(t, p.token)) - before; left > 0 {
			return fmt.Errorf("%d statuses are left", left)
		}
		return nil
	})
	got := p.sendsReply(t, channeltest.Sample{Outage: "o-2026-1114", Seq: 2}, told)
	if want := []string{"", ""}; !slices.Equal(got, want) {
		t.Errorf("the threads reply to %v, want to nothing", got)
	}
}

// Promise 3.
func (p *poster) drills(t *testing.T) {
	before := len(p.server.posts(t, p.token))
	p.send(t, p.message(t, channeltest.Sample{Mode: outages.Drill, Outage: "o-2026-1115"}))
	word := map[string]string{"en": "DRILL", "es": "SIMULACRO"}
	for _, s := range p.server.posts(t, p.token)[before:] {
		if text := p.server.source(t, p.token, s.ID); len(text) < 9 || text[:len(word[s.Language])] != word[s.Language] {
			t.Errorf("a status of a drill in %q begins %.20q", s.Language, text)
		}
	}
}

func (p *poster) breaks(t *testing.T) {
	m := p.message(t, channeltest.Sample{Outage: "o-2026-1116"})
	m.To = p.destination(t, "nobodys-token")
	_, err := p.channel().Send(t.Context(), m)
	if v, _ := channels.VerdictOf(err); err == nil || v != channels.Broken {
		t.Errorf("Send with a bad token: %v, want broken", err)
	}
}

// waits restarts the server, twice. The requests are enough to begin a thread, not to end it.
func (p *poster) waits(t *testing.T) {
	const requests = 7
	before := len(p.server.posts(t, p.token))
	m := p.message(t, channeltest.Sample{Towns: towns, Outage: "o-2026-1117"})
	p.server.restart(t, fmt.Sprintf("GTS_ADVANCED_RATE_LIMIT_REQUESTS=%d", requests))
	begun, err := p.channel().Send(t.Context(), m)
	v, wait := channels.VerdictOf(err)
	if err == nil || v != channels.Later || wait <= 0 || wait > 5*time.Minute {
		t.Errorf("Send within %d requests: %v, wait %v; want later, within the server's five minutes", requests, err, wait)
	}

	p.server.restart(t)
	if got := len(p.server.posts(t, p.token)) - before; got != len(begun) {
		t.Errorf("%d statuses stand, and the receipt names %d", got, len(begun))
	}
	want, err := mastodon.Compose(m, limits)
	if err != nil {
		t.Fatal(err)
	}
	m.Begun = begun
	p.send(t, m)
	if got := len(p.server.posts(t, p.token)) - before; got != len(want) {
		t.Errorf("%d statuses after the second attempt, want %d", got, len(want))
	}
}
