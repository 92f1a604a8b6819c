package email_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"callbox/channels/email"
)

func TestABadSettingIsNamedWithWhatWouldBeRight(t *testing.T) {
	for want, change := range map[string]func(c *email.Config){
		"from: the e-mail address is empty":                       func(c *email.Config) { c.From = "" },
		"from: an e-mail address has no spaces":                   func(c *email.Config) { c.From = "Alerts <a@example.org>" },
		"from_name: a name has no line breaks":                    func(c *email.Config) { c.FromName = "a\r\nBcc: b@example.org" },
		"relays: name at least one server":                        func(c *email.Config) { c.Relays = nil },
		"relays[0].host: name the server":                         func(c *email.Config) { c.Relays[0].Host = "" },
		"relays[0].host: write a host name":                       func(c *email.Config) { c.Relays[0].Host = "smtp.example.org:25" },
		"relays[0].port":                                          func(c *email.Config) { c.Relays[0].Port = 70000 },
		`relays[0].tls: write "starttls"`:                         func(c *email.Config) { c.Relays[0].TLS = "none" },
		`relays[0].tls: "insecure" is for a relay on this`:        func(c *email.Config) { c.Relays[0].TLS = email.Insecure },
		"relays[0].password: a user needs a password":             func(c *email.Config) { c.Relays[0].User = "callbox" },
		"relays[0].user: a password needs a user":                 func(c *email.Config) { c.Relays[0].Password = "hunter2" },
		"relays[0].password: user and password have no line":      func(c *email.Config) { c.Relays[0].User, c.Relays[0].Password = "a", "hunter2\n" },
		"helo: a domain has a dot":                                func(c *email.Config) { c.HELO = "localhost" },
		"helo: a domain has letters":                              func(c *email.Config) { c.HELO = "example.org\r\nQUIT" },
		"message_id_host: a domain has a dot":                     func(c *email.Config) { c.MessageIDHost = "callbox" },
		"return_path: an e-mail address has an @":                 func(c *email.Config) { c.ReturnPath = "bounces" },
		"return_path: one * at most":                              func(c *email.Config) { c.ReturnPath = "*+*@example.org" },
		"return_path: the * stands before the @":                  func(c *email.Config) { c.ReturnPath = "bounces@*.example.org" },
		"return_path: at most 8 characters":                       func(c *email.Config) { c.ReturnPath = "callbox-bounces+*@example.org" },
		"bounce_key: a return path with a * needs a secret of at": func(c *email.Config) { c.BounceKey = "short" },
		"are not negative":                                        func(c *email.Config) { c.Connections = -1 },
	} {
		cfg := settings(email.Relay{Host: "smtp.example.org"})
		change(&cfg)
		_, err := email.New(cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Error("the error shows the password")
		}
	}
}

func TestAllBadSettingsAreNamedAtOnce(t *testing.T) {
	_, err := email.New(email.Config{From: "x", Relays: []email.Relay{{}, {TLS: "x"}}})
	for _, want := range []string{"from:", "relays[0].host", "relays[1].tls"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want it to name %q", err, want)
		}
	}
}

func TestASecretDoesNotPrint(t *testing.T) {
	cfg := settings(email.Relay{Host: "smtp.example.org", User: "callbox", Password: "hunter2"})
	cfg.Now = nil
	asJSON, _ := json.Marshal(cfg.Relays)
	for _, shown := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%q", cfg.Relays[0].Password), string(asJSON)} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, "sixteen bytes") {
			t.Errorf("a secret is shown in a print of %d characters", len(shown))
		}
	}
}

func TestCheckSaysWhatIsWrongWithADestination(t *testing.T) {
	c := open(t, settings(email.Relay{Host: "smtp.example.org"}))
	if err := c.Check(resident); err != nil {
		t.Errorf("Check: %v", err)
	}
	if err := c.Check("resident"); err == nil || !strings.Contains(err.Error(), "an @") {
		t.Errorf("Check: %v, want it to miss the @", err)
	}
}
