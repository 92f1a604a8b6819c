package email_test

import (
	"strings"
	"testing"

	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

func confirmation() email.Letter {
	return email.Letter{
		To: resident, Lang: "es", From: "Callbox", Subject: "Confirme: avisos de fallas del 911",
		Paragraphs: []string{"Alguien, probablemente usted, pidió avisos.", "Si no fue usted, no haga nada."},
		Action:     "Leer y confirmar", Link: "https://callbox.example.org/confirm/k7Qm2xT9?a=1&b=2",
	}
}

func TestALetterGoesTheWayOfBulletinsButBelongsToNoList(t *testing.T) {
	s := serve(t, mailtest.Options{Keep: true})
	c := open(t, settings(relayTo(s, email.Insecure)))
	l := confirmation()
	for range 2 {
		if err := c.Write(t.Context(), l); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
	mails := s.Mails()
	if len(mails) != 2 || mails[0].MessageID == mails[1].MessageID {
		t.Fatalf("the server took %d letters, want two with names of their own", len(mails))
	}
	p := mustParse(t, mails[0].Data)
	if p.subject != l.Subject || p.head.Get("To") != resident || p.head.Get("Content-Language") != "es" {
		t.Errorf("subject %q to %q in %q", p.subject, p.head.Get("To"), p.head.Get("Content-Language"))
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "References"} {
		if got := p.head.Get(name); got != "" {
			t.Errorf("%s is %q, want none", name, got)
		}
	}
	for _, want := range []string{l.Paragraphs[0], l.Paragraphs[1], l.Action, l.Link} {
		if !strings.Contains(p.plain, want) {
			t.Errorf("the plain text lacks %q:\n%s", want, p.plain)
		}
	}
	if want := `href="https://callbox.example.org/confirm/k7Qm2xT9?a=1&amp;b=2"`; !strings.Contains(p.html, want) {
		t.Errorf("the HTML lacks %s:\n%s", want, p.html)
	}
}

func TestAHostileLetterIsRefusedOrHarmless(t *testing.T) {
	s := serve(t, mailtest.Options{Keep: true})
	c := open(t, settings(relayTo(s, email.Insecure)))
	for name, change := range map[string]func(l *email.Letter){
		"to":      func(l *email.Letter) { l.To = "a@example.org\r\nRCPT TO:<b@example.org>" },
		"link":    func(l *email.Letter) { l.Link = "javascript:alert(1)" },
		"empty":   func(l *email.Letter) { l.Paragraphs = nil },
		"subject": func(l *email.Letter) { l.Subject = "x\r\nBcc: b@example.org" },
		"lang":    func(l *email.Letter) { l.Lang = "en\r\nBcc: b@example.org" },
		"from":    func(l *email.Letter) { l.From = "x\r\nBcc: b@example.org" },
		"text":    func(l *email.Letter) { l.Paragraphs = []string{"<script>x</script>\r\n.\r\nQUIT"} },
	} {
		l := confirmation()
		change(&l)
		before := s.Count()
		err := c.Write(t.Context(), l)
		if err != nil {
			if verdict(err) != "refused" || strings.Contains(err.Error(), "example.org") || s.Count() != before {
				t.Errorf("%s: %v with %d mails sent, want refused, without the address", name, err, s.Count()-before)
			}
			continue
		}
		mails := s.Mails()
		p := mustParse(t, mails[len(mails)-1].Data)
		if p.head.Get("Bcc") != "" || strings.Contains(p.html, "<script") || mails[len(mails)-1].To != resident {
			t.Errorf("%s: the letter got out of its place: %v", name, p.head)
		}
	}
}
