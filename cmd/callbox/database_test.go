package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbox/subscribers"
)

// checking runs callbox check with a configuration, and returns what it says.
func checking(t *testing.T, configuration string) (said string, code int) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"callbox.toml": configuration, "callbox.keys": string(subscribers.GenerateKeys().File()), "password": "hunter-two\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	code = run(t.Context(), []string{"--config", filepath.Join(dir, "callbox.toml"), "check"}, strings.NewReader(""), &out, &out)
	return out.String(), code
}

func TestCheckSaysInWordsWhatIsWrongWithTheDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		configuration, words string
		code                 int
	}{
		"nobody answers": {`database = "postgres://callbox@127.0.0.1:1/callbox"
			database_password = "file:password"`, "MISSING  database: the database does not answer", exitFailed},
		"a password in the URL":      {`database = "postgres://callbox:hunter-two@127.0.0.1:1/callbox"`, `database_password = "file:NAME"`, exitUsage},
		"a password behind the URL":  {`database = "postgres://127.0.0.1:1/callbox?user=callbox&password=hunter-two"`, `database_password = "file:NAME"`, exitUsage},
		"a password that is nowhere": {"database = \"postgres://callbox@127.0.0.1:1/callbox\"\ndatabase_password = \"file:absent\"", "database_password", exitUsage},
		"a URL that is none":         {`database = "postgres://callbox:hunter-two@127.0.0.1:port/callbox"`, "write postgres://USER@HOST/NAME", exitUsage},
		"a folder that is not there": {`database = "absent/callbox.db"`, "MISSING  database: the database file cannot be opened", exitFailed},
	} {
		said, code := checking(t, c.configuration)
		if !strings.Contains(said, c.words) || code != c.code || strings.Contains(said, "hunter-two") {
			t.Errorf("%s: exit code %d, %s\nwant %d, the words %q and no password", name, code, said, c.code, c.words)
		}
	}
}

func TestCheckSaysThatTheDatabaseCanBeWrittenAndWhoServes(t *testing.T) {
	said, _ := checking(t, "")
	for _, words := range []string{"ok       database: it answers and can be written", "ok       serving: no process serves now"} {
		if !strings.Contains(said, words) {
			t.Errorf("%s\nwant %q", said, words)
		}
	}
}
