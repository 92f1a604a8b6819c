//go:build browser

package acceptance_test

import (
	"net/mail"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/officials"
)

// An official reads a preview where residents will read it: in a mailbox, their own, and marked as a preview.
// Residents get nothing of it.
func TestAPreviewIsSentToWhoAsksForIt(t *testing.T) {
	h := newHouse(t)
	h.fill()
	h.ring()
	tab := h.window(browser.Phone, h.Ada)
	h.alert(tab, "")
	if tab.Has("#to-me") {
		t.Error("a preview is offered to somebody without a mail address")
	}
	ada := *h.Ada.Official
	ada.Email = "ada@despp.example.gov"
	h.OK(h.Store.SaveOfficial(t.Context(), ada, officials.Entry{Agency: "despp", Actor: "ada", Action: "official.save"}))
	tab.Press(`nav[aria-label="Channel"] a[href*="channel=email"]`)
	tab.Press(`nav[aria-label="Language"] a[href*="lang=es"]`)
	shown := tab.Text("dl.proofs dd:last-of-type pre")
	since := h.mark()
	tab.Press("#to-me button")
	if got := tab.Text(".said"); !strings.HasPrefix(got, "Handed over to your mailbox: E-mail for ") || !strings.Contains(tab.URL(), "lang=es") {
		t.Errorf("the page says %q at %s", got, tab.URL())
	}
	tab.Accessible()
	mails := h.far.mail.Mails()[since.mails:]
	if len(mails) != 1 || mails[0].To != ada.Email {
		t.Fatalf("%d mails, want one to who asked", len(mails))
	}
	l := h.open(mails[0])
	if !strings.HasPrefix(l.subject, "Preview, not an alert: ") || !strings.HasPrefix(l.text, "This is a preview, for you alone.") {
		t.Errorf("the mail begins %q, %.100q", l.subject, l.text)
	}
	if from, err := mail.ParseAddress(l.header.Get("From")); err != nil || from.Address != "alerts@despp.example.gov" {
		t.Errorf("it is from %q (%v)", l.header.Get("From"), err)
	}
	if got, want := squeeze(l.text), squeeze(shown); len(want) < 100 || !strings.Contains(got, want) {
		t.Errorf("the mail does not hold what the screen shows:\n%s\nwant\n%s", got, want)
	}
	if after := h.mark(); after.mails != since.mails+1 || after.pushes != since.pushes {
		t.Errorf("%+v at the far sides, want one mail more than %+v", after, since)
	}
	quiet(tab, "the preview")
}

// squeeze makes every run of white space one space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
