package main

import (
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/internal/desk"
	"callbox/subscribers"
	"callbox/templates"
)

var kinds = []desk.LetterKind{desk.ConfirmLetter, desk.KnownLetter, desk.ManageLetter, desk.DeviceLetter, desk.TestLetter}

// A letter speaks the language that was chosen, leads to the page that its token is for, and holds no
// other word of whoever filled in the form than ZIP codes.
func TestALetterSpeaksEveryLanguageOfTheWordings(t *testing.T) {
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
	p := post{mail: mail, base: "https://alerts.example.gov", now: time.Now}
	for _, lang := range words.Langs() {
		for _, kind := range kinds {
			if len(letters[lang][kind].paragraphs) == 0 {
				t.Errorf("no %s letter in %s", kind, lang)
				continue
			}
			l := desk.Letter{Kind: kind, Channel: channels.Email, To: subscribers.NewDestination("pat@example.org"), Lang: lang,
				ZIPs: []areas.ZIP{"06107", "06880"}, Token: "token"}
			if err := p.Write(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			mails := server.Mails()
			got := string(mails[len(mails)-1].Data)
			want := []string{p.base + paths[kind] + "token", "Content-Language: " + string(lang)}
			if kind == desk.ConfirmLetter {
				want = append(want, "06107, 06880")
			}
			for _, text := range want {
				if !strings.Contains(got, text) {
					t.Errorf("%s, %s: the mail lacks %q:\n%s", lang, kind, text, got)
				}
			}
			if strings.Contains(got, "{") {
				t.Errorf("%s, %s: a placeholder is left:\n%s", lang, kind, got)
			}
		}
	}
}

// What "test my alerts" shows says first that it is a test (promise 3), and leads to a page of ours.
func TestATestOfADeviceIsShownThere(t *testing.T) {
	service, err := pushtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	public, private, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	ch, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@despp.example.gov", Client: channels.NewClient(channels.Loopback())})
	if err != nil {
		t.Fatal(err)
	}
	p := post{push: ch, base: "https://alerts.example.gov", now: time.Now}
	for lang, word := range map[templates.Lang]string{"en": "TEST: ", "es": "PRUEBA: "} {
		to := subscribers.NewDestination(service.Subscribe(public))
		if err := p.Write(t.Context(), desk.Letter{Kind: desk.TestLetter, Channel: channels.Push, To: to, Lang: lang}); err != nil {
			t.Fatal(err)
		}
		received := service.Received()
		shown := string(received[len(received)-1].Payload)
		if strings.Count(shown, word) != 2 || !strings.Contains(shown, p.base+"/manage?lang="+string(lang)) {
			t.Errorf("%s: the device shows %s, want title and body that begin with %q, and a page of ours", lang, shown, word)
		}
	}
}
