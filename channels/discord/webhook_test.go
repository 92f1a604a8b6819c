package discord

import (
	"strings"
	"testing"

	"callbox/channels"
)

const (
	sampleID    = "1100000000000000001"
	sampleToken = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz0123"
)

func TestAWebhookURLIsReadAsDiscordShowsIt(t *testing.T) {
	for _, c := range []struct {
		destination string
		ok          bool
	}{
		{"https://discord.com/api/webhooks/" + sampleID + "/" + sampleToken, true},
		{"https://ptb.discord.com/api/webhooks/" + sampleID + "/" + sampleToken, true},
		{"https://canary.discord.com/api/v10/webhooks/" + sampleID + "/" + sampleToken, true},
		{"https://discordapp.com/api/webhooks/" + sampleID + "/" + sampleToken, true},
		{" https://DISCORD.com/api/webhooks/" + sampleID + "/" + sampleToken + "\n", true},
		{"", false},
		{"discord.com/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"http://discord.com/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"https://discord.com.example.org/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"https://example.org/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"https://user@discord.com/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"https://discord.com:8443/api/webhooks/" + sampleID + "/" + sampleToken, false},
		{"https://discord.com/api/webhooks/" + sampleID, false},
		{"https://discord.com/api/webhooks/me/" + sampleToken, false},
		{"https://discord.com/api/webhooks/" + sampleID + "/" + sampleToken + "/slack", false},
		{"https://discord.com/api/webhooks/" + sampleID + "/" + sampleToken + "?thread_id=1", false},
		{"https://discord.com/api/webhooks/" + sampleID + "/../" + sampleToken, false},
		{"https://discord.com/api/webhooks/" + sampleID + "/" + sampleToken + "%2f..", false},
		{"https://discord.com/%zz", false},
	} {
		ch, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		err = ch.Check(c.destination)
		if (err == nil) != c.ok {
			t.Errorf("Check(%q) = %v, want ok %t", c.destination, err, c.ok)
		}
		if err != nil && strings.Contains(err.Error(), sampleToken) {
			t.Errorf("the error shows the token")
		}
	}
}

func TestADestinationThatIsNoWebhookIsRefused(t *testing.T) {
	ch, _ := stand(t)
	_, err := ch.Send(t.Context(), channels.Message{To: "https://example.org/"})
	if v, _ := channels.VerdictOf(err); v != channels.Refused {
		t.Errorf("Send = %v, want refused", err)
	}
}

func TestAStandInNeedsALoopbackClient(t *testing.T) {
	if _, err := New(Config{FarSide: "http://127.0.0.1:1"}); err == nil {
		t.Error("New took a far side for a client that reaches the world")
	}
}

func FuzzParseTakesNothingThatWouldLeaveDiscord(f *testing.F) {
	f.Add("https://discord.com/api/webhooks/" + sampleID + "/" + sampleToken)
	f.Add("https://discord.com/api/webhooks/1/2/../../")
	f.Fuzz(func(t *testing.T, destination string) {
		hook, err := parse(destination)
		if err != nil {
			return
		}
		if strings.ContainsAny(hook.id+hook.token, "/?#%.:@\\ \t\r\n") || hook.id == "" || hook.token == "" {
			t.Errorf("parse(%q) = %+v", destination, hook)
		}
	})
}
