package main

import (
	"strings"
	"testing"

	"callbox/areas"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
	"callbox/internal/desk"
	"callbox/subscribers"
	"callbox/templates"
)

// A confirmation speaks the language that was chosen, names the ZIP codes, leads to the page that its
// token is for, and holds no other word of whoever filled in the form.
func TestAConfirmationSpeaksEveryLanguageOfTheWordings(t *testing.T) {
	server, err := mailtest.Start(mailtest.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	mail, err := email.New(email.Config{From: "alerts@alerts.example.gov", Relays: []email.Relay{{Host: server.Host(), Port: server.Port(), TLS: email.Insecure}}})
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	words, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := post{mail, "https://alerts.example.gov"}
	for _, lang := range words.Langs() {
		if _, ok := letters[lang]; !ok {
			t.Errorf("no letters in %s", lang)
		}
		for _, known := range []bool{false, true} {
			c := desk.Confirmation{To: subscribers.NewDestination("pat@example.org"), Lang: lang, ZIPs: []areas.ZIP{"06107", "06880"}, Token: "token", Known: known}
			if err := p.Confirm(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			mails := server.Mails()
			got := string(mails[len(mails)-1].Data)
			want := []string{"https://alerts.example.gov/confirm/token", "06107, 06880", "Content-Language: " + string(lang)}
			if known {
				want = []string{"https://alerts.example.gov/leave/token", "Content-Language: " + string(lang)}
			}
			for _, text := range want {
				if !strings.Contains(got, text) {
					t.Errorf("%s, known %v: the mail lacks %q:\n%s", lang, known, text, got)
				}
			}
			if strings.Contains(got, "{") {
				t.Errorf("%s, known %v: a placeholder is left:\n%s", lang, known, got)
			}
		}
	}
}
