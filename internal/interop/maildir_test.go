//go:build interop

package interop_test

import (
	"context"
	"errors"
	"fmt"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/bounces"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/webtest"
	"callbox/subscribers"
)

// Promise 7, with every part real but the readers: an alert goes out through Postfix; one mailbox is no
// more, which comes back as a bounce, and one reader complains, which their provider reports. Postfix puts
// both into a mailbox that is emptied, and the next bulletin goes to neither.
func TestABounceAndAComplaintInAMailboxEndTheMails(t *testing.T) {
	room := webtest.New(t)
	readers := startAiosmtpd(t)
	mailbox, more := postfixMailbox(t)
	relay := startPostfix(t, readers.relay.Port, more)
	ch, err := email.New(email.Config{From: "alerts@alerts.example.gov", ReturnPath: returnPath, BounceKey: bounceKey,
		Relays: []email.Relay{relay}, Now: room.Now})
	room.OK(err)
	t.Cleanup(func() { _ = ch.Close() })
	for _, to := range []string{"stays@example.net", "complains@example.net", "gone.away@example.net"} {
		_, err := room.Store.Enrol(t.Context(), store.Registration{List: subscribers.Live, Langs: []string{"es"}, Channel: channels.Email,
			Places: []areas.Place{{ZIP: "06107"}}, Areas: []areas.ID{"x-west-hartford"}, Destination: subscribers.NewDestination(to), Active: true})
		room.OK(err)
	}

	id := room.Issue("", webtest.Alert)
	send(t, room, channels.Email, ch)
	told := map[string]understood{}
	for range 2 {
		m := readers.next(t)
		told[m.Recipients[0]] = m
	}
	complaint := fmt.Sprintf(feedback, told["complains@example.net"].MailFrom)
	room.OK(smtp.SendMail(fmt.Sprintf("127.0.0.1:%d", relay.Port), nil, "feedback@provider.example.com",
		[]string{"complaints@bounce.example.gov"}, []byte(strings.ReplaceAll(complaint, "\n", "\r\n"))))

	took := map[string]bool{}
	in := bounces.New(bounces.Config{ReturnPath: returnPath, Secret: bounceKey, Take: func(ctx context.Context, key string, r bounces.Report) (bool, error) {
		if r.Complaint {
			took["complaint"] = true
			return true, room.Complained(ctx, key)
		}
		err := room.Bounced(ctx, key, r.Verdict, r.Status)
		if errors.Is(err, desk.ErrUnsettled) { // Postfix is faster than the ledger, at times
			return true, bounces.ErrEarly
		}
		took[r.Status] = err == nil
		return true, err
	}})
	await(t, "a bounce and a complaint", func() error {
		if err := in.Empty(t.Context(), mailbox); err != nil {
			return err
		}
		if !took["complaint"] || !took["5.1.1"] {
			return fmt.Errorf("only %v", took)
		}
		return nil
	})
	if left, err := filepath.Glob(filepath.Join(mailbox, "*", "*")); err != nil || len(left) > 0 {
		t.Errorf("%q, %v: want nothing left in the mailbox", left, err)
	}

	room.Pass(time.Hour)
	room.Issue(id, webtest.Update)
	if got := readers.next(t).Recipients; !slices.Equal(got, []string{"stays@example.net"}) {
		t.Errorf("the update went to %q, want only who stays", got)
	}
	figures, err := room.Store.Figures(t.Context(), id, false)
	room.OK(err)
	for _, f := range figures {
		if f.Seq == 2 && f.Channel == channels.Email && f.Targeted != 1 {
			t.Errorf("the update is for %d mailboxes, want one", f.Targeted)
		}
	}
}

// postfixMailbox is a mailbox that Postfix delivers to, and the lines of main.cf for it: those of
// docs/operate.md.
func postfixMailbox(t *testing.T) (maildir, lines string) {
	t.Helper()
	const nobody = 65534
	base := t.TempDir()
	if err := os.Chown(base, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "returned"), fmt.Sprintf(`
virtual_mailbox_domains = bounce.example.gov
virtual_mailbox_base = %[1]s
virtual_mailbox_maps = inline:{ {bounces@bounce.example.gov=returned/}, {complaints@bounce.example.gov=returned/} }
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[2]d
virtual_alias_maps =
`, base, nobody)
}

// feedback is what a mail provider writes when a reader marks a mail as unwanted (RFC 5965). It takes the
// return path of the mail.
const feedback = `From: feedback@provider.example.com
To: complaints@bounce.example.gov
Subject: FW: 911
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

A reader marked this mail as unwanted.
--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Mail-From: <%[1]s>
Reported-Domain: alerts.example.gov
--part
Content-Type: message/rfc822
Content-Disposition: inline

Return-Path: <%[1]s>
From: Sample State Police <alerts@alerts.example.gov>
Subject: 911

Text
--part--
`
