package main

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/subscribers"
)

// A draft that waits reaches its approver by mail and on a device, through the relay and the push service
// that carry bulletins, and nobody on the residents' list.
func TestAWaitingDraftWakesItsApproverByMailAndOnADevice(t *testing.T) {
	far, err := startFleet(mailtest.Options{Keep: true})
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(err)
	defer func() { ok(far.close()) }()
	public, private, err := push.GenerateKeys()
	ok(err)
	pushes, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@despp.example.gov", Client: channels.NewClient(channels.Loopback())})
	ok(err)
	p := &program{cfg: config{PublicURL: "https://alerts.example.gov", ConsoleURL: "https://console.example.gov"}, log: slog.New(slog.DiscardHandler)}
	p.cfg.Email = emailConfig{From: "alerts@despp.example.gov", Relays: []relayConfig{{Host: far.mail.Host(), Port: far.mail.Port(), TLS: "insecure"}}}
	p.mail, err = p.email()
	ok(err)
	defer func() { ok(p.mail.Close()) }()
	bell := p.bell(pushes)
	s := desk.Summons{Subject: "A bulletin waits for your approval", Says: []string{"ada submitted it."}, Path: "/console/live/drafts/d1", Tag: "draft d1"}
	ok(bell.Ring(t.Context(), "email", subscribers.NewDestination("bob@despp.example.gov"), s))
	ok(bell.Ring(t.Context(), "push", subscribers.NewDestination(far.push.Subscribe(public)), s))

	const link = "https://console.example.gov/console/live/drafts/d1"
	mails := far.mail.Mails()
	if len(mails) != 1 || mails[0].To != "bob@despp.example.gov" || !strings.Contains(strings.ReplaceAll(string(mails[0].Data), "=\r\n", ""), link) {
		t.Errorf("got %d mails, want one to bob with the link", len(mails))
	}
	var shown struct {
		Notification struct{ Title, Navigate string }
	}
	got := far.push.Shown(0)
	if len(got) != 1 {
		t.Fatalf("the device shows %d notices, want 1", len(got))
	}
	ok(json.Unmarshal(got[0].Payload, &shown))
	if shown.Notification.Title != s.Subject || shown.Notification.Navigate != link {
		t.Errorf("the device shows %+v", shown.Notification)
	}
	err = bell.Ring(t.Context(), "pigeon", subscribers.NewDestination("bob"), s)
	if verdict, _ := channels.VerdictOf(err); verdict != channels.Refused {
		t.Errorf("a way that there is not: got %v, want refused", err)
	}
	if none := (&program{}).bell(nil); none != nil {
		t.Error("nothing is configured, and something rings")
	}
}
