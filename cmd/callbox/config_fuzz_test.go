package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzAConfigurationIsReadOrRefused(f *testing.F) {
	for _, text := range []string{"public_url = \"https://alerts.example.gov\"\n[lanes.email]\nrate = 50.0\n",
		"[[email.relay]]\npassword = \"env:NAME\"\n", "tests = [2026-11-20T12:00:00Z]\n", "drill_key = 5\n", "a.b.c = [[[\n"} {
		f.Add(text)
	}
	file := filepath.Join(f.TempDir(), "callbox.toml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := loadConfig(file)
		if err == nil && !strings.HasPrefix(c.PublicURL, "https://") && !strings.HasPrefix(c.PublicURL, "http://127.0.0.1") && !strings.HasPrefix(c.PublicURL, "http://localhost") {
			t.Errorf("residents would be sent to %q", c.PublicURL)
		}
		if err == nil {
			_, _ = c.DrillKey.read(t.TempDir()) // an error or a secret, without a panic
		}
	})
}
