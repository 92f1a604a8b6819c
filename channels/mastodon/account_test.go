package mastodon

import (
	"strings"
	"testing"

	"callbox/channels"
)

func TestADestinationIsReadStrictly(t *testing.T) {
	ch := New(Config{})
	for _, c := range []struct {
		destination string
		host        string // empty: refused
	}{
		{`{"server": "https://social.example.org", "token": "tok"}`, "social.example.org"},
		{`{"server": "https://Social.Example.org/", "token": "tok", "visibility": "unlisted"}`, "social.example.org"},
		{`{"server": "https://social.example.org", "token": "tok", "visibility": "private"}`, "social.example.org"},
		{``, ""},
		{`null`, ""},
		{`[]`, ""},
		{`{"server": "https://social.example.org"}`, ""},
		{`{"token": "tok"}`, ""},
		{`{"server": "http://social.example.org", "token": "tok"}`, ""},
		{`{"server": "https://127.0.0.1", "token": "tok"}`, ""},
		{`{"server": "https://social.example.org:8443", "token": "tok"}`, ""},
		{`{"server": "https://me@social.example.org", "token": "tok"}`, ""},
		{`{"server": "https://social.example.org/api/v1", "token": "tok"}`, ""},
		{`{"server": "https://social.example.org?x=1", "token": "tok"}`, ""},
		{`{"server": "https://social.example.org", "token": "tok en"}`, ""},
		{`{"server": "https://social.example.org", "token": "tok\nen"}`, ""},
		{`{"server": "https://social.example.org", "token": "tok", "visibility": "direct"}`, ""},
		{`{"server": "https://social.example.org", "token": "tok", "account": "x"}`, ""},
		{`{"server": "https://social.example.org", "token": "tok"} {}`, ""},
	} {
		host, err := ch.Host(c.destination)
		if (err == nil) != (c.host != "") || host != c.host {
			t.Errorf("Host(%s) = %q, %v; want %q", c.destination, host, err, c.host)
		}
		if checked := ch.Check(c.destination); (checked == nil) != (err == nil) {
			t.Errorf("Check(%s) = %v, and Host says %v", c.destination, checked, err)
		}
		if err != nil && strings.Contains(err.Error(), "tok en") {
			t.Error("the error shows the token")
		}
	}
}

func TestADestinationThatIsNoAccountIsRefused(t *testing.T) {
	_, err := New(Config{}).Send(t.Context(), channels.Message{To: "https://social.example.org/@callbox"})
	if v, _ := channels.VerdictOf(err); v != channels.Refused {
		t.Errorf("Send = %v, want refused", err)
	}
}

func FuzzParseTakesNothingButAServerAndAToken(f *testing.F) {
	f.Add(`{"server": "https://social.example.org", "token": "tok", "visibility": "public"}`)
	f.Add(`{"server": "https://social.example.org/..%2f", "token": "tok"}`)
	client := channels.NewClient()
	f.Fuzz(func(t *testing.T, destination string) {
		a, err := parse(client, destination)
		if err != nil {
			return
		}
		if !strings.HasPrefix(a.server, "https://") || strings.ContainsAny(a.server[len("https://"):], "/?#@\\ ") || a.host == "" {
			t.Errorf("parse(%q) gives the server %q", destination, a.server)
		}
		if strings.ContainsAny(a.token, "\r\n ") || a.token == "" {
			t.Errorf("parse(%q) gives a token that is none", destination)
		}
	})
}
