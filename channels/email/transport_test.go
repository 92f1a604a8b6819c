package email_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

func send(t *testing.T, c *email.Channel, m channels.Message) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := c.Send(ctx, m)
	return err
}

func TestMailGoesOverEveryKindOfProtection(t *testing.T) {
	for name, k := range map[string]struct {
		server mailtest.Security
		client email.Security
		user   string
	}{
		"STARTTLS":                {mailtest.STARTTLS, email.STARTTLS, ""},
		"STARTTLS and a sign-in":  {mailtest.STARTTLS, email.STARTTLS, "callbox"},
		"TLS from the start":      {mailtest.TLS, email.TLS, ""},
		"TLS and a sign-in":       {mailtest.TLS, email.TLS, "callbox"},
		"in the clear, loopback":  {mailtest.Plain, email.Insecure, ""},
		"the default is STARTTLS": {mailtest.STARTTLS, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			password := ""
			if k.user != "" {
				password = "correct horse"
			}
			s := serve(t, mailtest.Options{Security: k.server, User: k.user, Password: password})
			relay := relayTo(s, k.client)
			relay.User, relay.Password = k.user, email.Secret(password)
			cfg := settings(relay)
			cfg.RootCAs = s.Roots()
			c := open(t, cfg)
			if err := c.Probe(t.Context(), ""); err != nil {
				t.Errorf("Probe: %v", err)
			}
			if err := send(t, c, message("k-1")); err != nil {
				t.Fatalf("Send: %v", err)
			}
			want := []mailtest.Mail{{
				From: "bounces+" + email.Token(cfg.BounceKey, "k-1") + "@bounce.example.org", To: resident,
				MessageID: "k-1@alerts.example.gov", User: k.user, Secure: k.server != mailtest.Plain,
			}}
			if diff := cmp.Diff(want, s.Mails()); diff != "" {
				t.Errorf("the server took (-want +got):\n%s", diff)
			}
		})
	}
}

// attempts sends to scripted addresses one after the other and returns what became of each.
func attempts(t *testing.T, o mailtest.Options) (verdicts []string, taken []string) {
	t.Helper()
	s := serve(t, o)
	c := open(t, settings(relayTo(s, email.Insecure)))
	for i, a := range []mailtest.Answer{
		mailtest.Accept,
		mailtest.NoSuchUser(),
		mailtest.Accept,
		mailtest.Greylisted(time.Time{}),
		{Code: 550, Status: smtp.EnhancedCode{5, 7, 1}, Text: "policy"},
		mailtest.Accept,
		{At: mailtest.End, Code: 554, Status: smtp.EnhancedCode{5, 7, 1}, Text: "spam"},
		{At: mailtest.End, Code: 452, Status: smtp.EnhancedCode{4, 3, 1}, Text: "full"},
		{At: mailtest.End, Drop: true},
		mailtest.Accept,
		{At: mailtest.End, Code: 421, Status: smtp.EnhancedCode{4, 3, 2}, Text: "closing", Drop: true},
		mailtest.Accept,
	} {
		m := message(fmt.Sprintf("k-%d", i))
		m.To = fmt.Sprintf("resident%d@example.net", i)
		s.For(m.To, a)
		verdicts = append(verdicts, verdict(send(t, c, m)))
	}
	for _, m := range s.Mails() {
		taken = append(taken, m.To)
	}
	return verdicts, taken
}

func TestPipeliningChangesNothingButTheSpeed(t *testing.T) {
	want := []string{
		"accepted", "gone", "accepted", "later", "refused", "accepted", "refused", "later", "later", "accepted", "later", "accepted",
	}
	var wantTaken []string
	for i, v := range want {
		if v == "accepted" || i == 8 { // its answer was lost
			wantTaken = append(wantTaken, fmt.Sprintf("resident%d@example.net", i))
		}
	}
	for name, stepwise := range map[string]bool{"pipelined": false, "one step at a time": true} {
		t.Run(name, func(t *testing.T) {
			verdicts, taken := attempts(t, mailtest.Options{Stepwise: stepwise})
			if diff := cmp.Diff(want, verdicts); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantTaken, taken); diff != "" {
				t.Errorf("the server took mails for (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAConnectionCarriesManyMailsAndIsReplaced(t *testing.T) {
	for perConnection, want := range map[int]int{0: 1, 10: 5} {
		s := serve(t, mailtest.Options{})
		cfg := settings(relayTo(s, email.Insecure))
		cfg.MailsPerConnection = perConnection
		c := open(t, cfg)
		for i := range 50 {
			if err := send(t, c, message(fmt.Sprintf("k-%d", i))); err != nil {
				t.Fatalf("mail %d: %v", i, err)
			}
		}
		if got := s.Connections(); got != want {
			t.Errorf("50 mails with %d for each connection took %d connections, want %d", perConnection, got, want)
		}
	}
}

func TestManyCallersShareAFewConnections(t *testing.T) {
	for name, stepwise := range map[string]bool{"pipelined": false, "one step at a time": true} {
		t.Run(name, func(t *testing.T) {
			const callers, each = 64, 4
			s := serve(t, mailtest.Options{Stepwise: stepwise})
			cfg := settings(relayTo(s, email.Insecure))
			cfg.Connections = 3
			cfg.Timeouts = email.Timeouts{}
			c := open(t, cfg)
			var wg sync.WaitGroup
			for i := range callers {
				wg.Go(func() {
					for j := range each {
						m := message(fmt.Sprintf("k-%d-%d", i, j))
						m.To = fmt.Sprintf("resident%d@example.net", i)
						want := "accepted"
						if i%8 == 0 {
							m.To, want = fmt.Sprintf("gone%d@example.net", i), "gone"
							s.For(m.To, mailtest.NoSuchUser())
						}
						if got := verdict(send(t, c, m)); got != want {
							t.Errorf("mail %d of caller %d: %s, want %s", j, i, got, want)
						}
					}
				})
			}
			wg.Wait()
			seen := map[string]int{}
			for _, m := range s.Mails() {
				seen[m.MessageID]++
			}
			if want := callers * each * 7 / 8; len(seen) != want || s.Count() != want {
				t.Errorf("the server took %d mails of %d names, want %d of each", s.Count(), len(seen), want)
			}
			if got := s.Connections(); got > 3 {
				t.Errorf("%d connections were opened, want at most 3", got)
			}
		})
	}
}

func TestGreylistingEndsByItself(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 13, 20, 5, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s := serve(t, mailtest.Options{Now: clock})
	c := open(t, settings(relayTo(s, email.Insecure)))
	s.For(resident, mailtest.Greylisted(now.Add(30*time.Second)))
	for range 2 {
		err := send(t, c, message("k"))
		if v, wait := channels.VerdictOf(err); v != channels.Later || wait != 0 {
			t.Errorf("greylisted: %v after %v, want later without a wait: one address must not hold up others", v, wait)
		}
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	if err := send(t, c, message("k")); err != nil {
		t.Errorf("after the greylisting: %v", err)
	}
}

func TestAMailThatWasNotSentMovesToAnotherConnection(t *testing.T) {
	for name, answer := range map[string]mailtest.Answer{
		"the server hangs up": {Drop: true},
		"the server says 421": mailtest.Closing(),
	} {
		s := serve(t, mailtest.Options{})
		c := open(t, settings(relayTo(s, email.Insecure)))
		if err := send(t, c, message("k-1")); err != nil {
			t.Fatalf("%s: first mail: %v", name, err)
		}
		s.Next(answer)
		if err := send(t, c, message("k-2")); err != nil {
			t.Errorf("%s: %v, want the mail carried by a new connection", name, err)
		}
		if got := s.Connections(); got != 2 {
			t.Errorf("%s: %d connections, want 2", name, got)
		}
	}
}

// Promise 5: a mail whose answer was lost is repeated under the same Message-ID.
func TestAMailWhoseAnswerWasLostIsRepeatedUnderItsName(t *testing.T) {
	s := serve(t, mailtest.Options{Keep: true})
	c := open(t, settings(relayTo(s, email.Insecure)))
	s.Next(mailtest.Answer{At: mailtest.End, Drop: true})
	if got := verdict(send(t, c, message("k-1"))); got != "later" {
		t.Fatalf("the first attempt is %s, want later", got)
	}
	if got := verdict(send(t, c, message("k-1"))); got != "later" {
		t.Errorf("at once the second attempt is %s, want later: a new connection had failed", got)
	}
	c = open(t, settings(relayTo(s, email.Insecure))) // as after a restart
	if err := send(t, c, message("k-1")); err != nil {
		t.Fatalf("the repeat: %v", err)
	}
	mails := s.Mails()
	if len(mails) != 2 || mails[0].MessageID != mails[1].MessageID || string(mails[0].Data) != string(mails[1].Data) {
		t.Errorf("the server took %d mails, want the same one twice", len(mails))
	}
}

func TestAMailThatIsTooBigIsRefusedBeforeItIsSent(t *testing.T) {
	s := serve(t, mailtest.Options{MaxBytes: 1000})
	c := open(t, settings(relayTo(s, email.Insecure)))
	err := send(t, c, message("k"))
	if verdict(err) != "refused" || !strings.Contains(err.Error(), "at most 1000 bytes") {
		t.Errorf("error is %v, want refused with the limit", err)
	}
}

func TestACallerWhoGivesUpIsNotWaitedFor(t *testing.T) {
	s := serve(t, mailtest.Options{})
	cfg := settings(relayTo(s, email.Insecure))
	cfg.Connections = 1
	cfg.Timeouts = email.Timeouts{Command: 5 * time.Second}
	c := open(t, cfg)
	s.Next(mailtest.Answer{Delay: 300 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			if _, err := c.Send(ctx, message(fmt.Sprintf("given-up-%d", i))); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Send ended with %v, want the end of its context", err)
			}
		})
	}
	wg.Wait()
	if err := send(t, c, message("k-2")); err != nil {
		t.Errorf("the next mail: %v", err)
	}
	for _, m := range s.Mails() {
		if m.MessageID != "k-2@alerts.example.gov" {
			t.Errorf("the server took %s, which was given up", m.MessageID)
		}
	}
}

func TestACloseEndsEverythingAndMayBeRepeated(t *testing.T) {
	s := serve(t, mailtest.Options{})
	c := open(t, settings(relayTo(s, email.Insecure)))
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() { _ = send(t, c, message(fmt.Sprintf("k-%d", i))) })
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	wg.Wait()
	if err := send(t, c, message("late")); err == nil {
		t.Error("Send after Close succeeded")
	}
	if got := c.Health()[0].Connections; got != 0 {
		t.Errorf("%d connections are open after Close", got)
	}
}
