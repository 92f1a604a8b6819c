package main

import "testing"

func TestTheConsoleHasANameThatPasskeysCanBeBoundTo(t *testing.T) {
	for _, c := range []struct{ public, console, want, host string }{
		{"https://alerts.example.gov", "", "https://alerts.example.gov", ""},
		{"https://alerts.example.gov", "https://console.example.gov/", "https://console.example.gov", "console.example.gov"},
		{"http://127.0.0.1:8911", "", "http://localhost:8911", "localhost"},
		{"http://localhost:8911", "", "http://localhost:8911", ""},
	} {
		cfg := config{PublicURL: c.public, ConsoleURL: c.console}
		if err := cfg.checkConsole(); err != nil || cfg.ConsoleURL != c.want || cfg.consoleHost() != c.host {
			t.Errorf("%s and %q: %s on the host %q (%v), want %s on %q", c.public, c.console, cfg.ConsoleURL, cfg.consoleHost(), err, c.want, c.host)
		}
	}
	for _, bad := range []string{"http://console.example.gov", "https://192.0.2.1", "https://console.example.gov/here", "console.example.gov", "https://"} {
		cfg := config{PublicURL: "https://alerts.example.gov", ConsoleURL: bad}
		if err := cfg.checkConsole(); err == nil {
			t.Errorf("%q is taken for the address of a console", bad)
		}
	}
}
