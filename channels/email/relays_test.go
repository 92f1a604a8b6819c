package email_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 13, 20, 5, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Promise 8: a second relay takes over when the first fails, and gives back.
func TestTheSecondRelayTakesOverAndGivesBack(t *testing.T) {
	for name, breakIt := range map[string]func(*mailtest.Server){
		"it is down":               func(s *mailtest.Server) { s.SetDown(true) },
		"it answers 421 to EHLO":   func(s *mailtest.Server) { s.Greet(mailtest.Closing()) },
		"it answers 5yz to EHLO":   func(s *mailtest.Server) { s.Greet(mailtest.Answer{Code: 550}) },
		"it has no room":           func(s *mailtest.Server) { s.Next(mailtest.Answer{At: mailtest.MailFrom, Code: 452}) },
		"it refuses our address":   func(s *mailtest.Server) { s.Next(mailtest.Answer{At: mailtest.MailFrom, Code: 550}) },
		"it hangs up at once":      func(s *mailtest.Server) { s.Next(mailtest.Answer{Drop: true}) },
		"it says nothing any more": func(s *mailtest.Server) { s.Next(mailtest.Answer{Silent: true}) },
		"it does not know us": func(s *mailtest.Server) {
			s.Next(mailtest.Answer{Code: 554, Status: smtp.EnhancedCode{5, 7, 1}, Text: "Relay access denied"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := serve(t, mailtest.Options{}), serve(t, mailtest.Options{})
			clock := newClock()
			cfg := settings(relayTo(first, email.Insecure), relayTo(second, email.Insecure))
			cfg.Connections, cfg.Now = 1, clock.now
			c := open(t, cfg)
			breakIt(first)
			for i := range 3 {
				if err := send(t, c, message(fmt.Sprintf("k-%d", i))); err != nil {
					t.Fatalf("mail %d: %v", i, err)
				}
			}
			if first.Count() != 0 || second.Count() != 3 {
				t.Errorf("the relays took %d and %d mails, want 0 and 3", first.Count(), second.Count())
			}
			h := c.Health()
			if h[0].Failing == "" || h[0].Retry.IsZero() || h[1].Failing != "" || h[1].Connections != 1 {
				t.Errorf("health is %+v, want the first failing and the second in use", h)
			}
			first.SetDown(false)
			clock.advance(2 * time.Minute)
			for i := range 3 {
				if err := send(t, c, message(fmt.Sprintf("back-%d", i))); err != nil {
					t.Fatalf("after mending, mail %d: %v", i, err)
				}
			}
			if first.Count() != 3 {
				t.Errorf("the first relay took %d mails after it was mended, want 3", first.Count())
			}
			if h := c.Health(); h[0].Failing != "" || h[0].Connections != 1 || h[1].Connections != 0 {
				t.Errorf("health is %+v, want the first in use alone", h)
			}
		})
	}
}

func TestWhenNoRelayAnswersTheMailWaitsUntilOneIsAskedAgain(t *testing.T) {
	s := serve(t, mailtest.Options{})
	s.SetDown(true)
	clock := newClock()
	cfg := settings(relayTo(s, email.Insecure), relayTo(s, email.Insecure))
	cfg.Now = clock.now
	c := open(t, cfg)
	var waits []time.Duration
	for range 8 {
		err := send(t, c, message("k"))
		v, wait := channels.VerdictOf(err)
		if v != channels.Later || wait < time.Second || wait > time.Minute {
			t.Fatalf("%v after %v (%v), want later after 1s to 1m", v, wait, err)
		}
		waits = append(waits, wait)
		clock.advance(wait)
	}
	if waits[0] != time.Second || waits[7] != time.Minute {
		t.Errorf("the waits are %v, want from 1s to 1m", waits)
	}
	s.SetDown(false)
	clock.advance(time.Minute)
	if err := send(t, c, message("k")); err != nil {
		t.Errorf("after mending: %v", err)
	}
}

func TestARelayThatIsLeftAloneIsNotDialled(t *testing.T) {
	s := serve(t, mailtest.Options{})
	cfg := settings(relayTo(s, email.Insecure))
	cfg.Connections, cfg.Now = 1, newClock().now
	c := open(t, cfg)
	s.Greet(mailtest.Answer{Code: 421}, mailtest.Answer{Code: 421}, mailtest.Answer{Code: 421})
	for range 20 {
		if got := verdict(send(t, c, message("k"))); got != "later" {
			t.Fatalf("verdict is %s, want later", got)
		}
	}
	if got := s.Connections(); got != 1 {
		t.Errorf("20 mails in one moment dialled %d times, want once", got)
	}
}

func TestAWrongPasswordIsBrokenAndSaysWhatToMend(t *testing.T) {
	s := serve(t, mailtest.Options{Security: mailtest.STARTTLS, User: "callbox", Password: "right"})
	relay := relayTo(s, email.STARTTLS)
	relay.User, relay.Password = "callbox", "hunter2-wrong"
	cfg := settings(relay)
	cfg.RootCAs = s.Roots()
	c := open(t, cfg)
	for name, err := range map[string]error{"Send": send(t, c, message("k")), "Probe": c.Probe(t.Context(), "")} {
		if verdict(err) != "broken" && name == "Send" || err == nil {
			t.Fatalf("%s: %v, want broken", name, err)
		}
		if !strings.Contains(err.Error(), "user or password") || !strings.Contains(err.Error(), "127.0.0.1:") {
			t.Errorf("%s: the error does not name the relay and the setting: %v", name, err)
		}
		if shown := fmt.Sprintf("%v %+v", err, c.Health()); strings.Contains(shown, "hunter2") {
			t.Errorf("%s shows the password", name)
		}
	}
	if h := c.Health()[0]; h.Verdict != channels.Broken || h.Failing == "" {
		t.Errorf("health is %+v, want broken", h)
	}

	t.Run("and another relay carries the mail meanwhile", func(t *testing.T) {
		other := serve(t, mailtest.Options{})
		cfg := cfg
		cfg.Relays = []email.Relay{relay, relayTo(other, email.Insecure)}
		if err := send(t, open(t, cfg), message("k")); err != nil || other.Count() != 1 {
			t.Errorf("%v, and the other relay took %d mails; want none and 1", err, other.Count())
		}
	})
	t.Run("unless that one is only down", func(t *testing.T) {
		other := serve(t, mailtest.Options{})
		other.SetDown(true)
		cfg := cfg
		cfg.Relays = []email.Relay{relay, relayTo(other, email.Insecure)}
		if got := verdict(send(t, open(t, cfg), message("k"))); got != "later" {
			t.Errorf("verdict is %s, want later: the other relay may come back by itself", got)
		}
	})
}

func TestARelayWithoutAValidCertificateIsBroken(t *testing.T) {
	for _, security := range []mailtest.Security{mailtest.STARTTLS, mailtest.TLS} {
		s := serve(t, mailtest.Options{Security: security})
		client := map[mailtest.Security]email.Security{mailtest.STARTTLS: email.STARTTLS, mailtest.TLS: email.TLS}[security]
		err := send(t, open(t, settings(relayTo(s, client))), message("k"))
		if verdict(err) != "broken" || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v, want broken because of the certificate", client, err)
		}
		if s.Count() != 0 {
			t.Errorf("%s: the server took %d mails, want none", client, s.Count())
		}
	}
}
