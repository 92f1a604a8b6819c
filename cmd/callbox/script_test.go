package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"callbox": main}) }

// TestTheCommandLine runs the scripts of testdata/script: what is typed, what is answered, and the exit
// code. Each begins with an installation in callbox.toml that has an agency "ct", ada who drafts and
// administers and bob who approves (their keys are in $ADA and $BOB), the sample's areas and numbers, and a
// feed. BEGAN and NEXT in a declaration file are times around now. Beside the commands of testscript there are:
//
//	exits N callbox ...   runs callbox and checks its exit code
//	json [NAME FIELD]...  checks that the last output is JSON, and keeps fields of it in the environment
//	release               issues the approved drafts whose undo window is over, as serve does
//	publish               sends until the feed has what was issued, as serve does
func TestTheCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Setup:              install,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": wantJSON, "release": release, "publish": publish,
		},
	})
}

func install(e *testscript.Env) error {
	config := filepath.Join(e.WorkDir, "callbox.toml")
	e.Setenv("CALLBOX_CONFIG", config)
	files := map[string][]byte{"callbox.keys": subscribers.GenerateKeys().File(),
		"callbox.toml": []byte("public_url = \"https://alerts.example.gov\"\n[email]\nfrom = \"alerts@ct.example.org\"\n[[email.relay]]\nhost = \"mail.example.org\"\n")}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(e.WorkDir, name), data, 0o600); err != nil {
			return err
		}
	}
	if err := setTimes(e.WorkDir); err != nil {
		return err
	}
	return opened(config, func(ctx context.Context, p *program) error {
		for _, id := range []string{"ct", "ma"} {
			state := map[string]areas.ID{"ct": "09", "ma": "25"}[id]
			if err := p.desk.SaveAgency(ctx, officials.Agency{ID: id, Name: "Sample agency", Zone: "America/New_York", Jurisdiction: []areas.ID{state},
				Sender: "alerts@" + id + ".example.org", Policy: outages.Policy{TwoPeople: true}}); err != nil {
				return err
			}
		}
		keys := map[string]officials.Secret{}
		for id, roles := range map[string][]officials.Role{
			"ada": {officials.Drafter, officials.Approver, officials.Directory, officials.Admin}, "bob": {officials.Approver}} {
			key, err := p.desk.AddOfficial(ctx, officials.Official{ID: id, Agency: "ct", Name: id, Roles: roles})
			if err != nil {
				return err
			}
			keys[id] = key
			e.Setenv(strings.ToUpper(id), key.Reveal())
		}
		ada, err := p.desk.Who(ctx, keys["ada"])
		if err != nil {
			return err
		}
		return furnish(ctx, p.desk, ada)
	})
}

// setTimes writes times around now for BEGAN and NEXT in the declaration files of a script.
func setTimes(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	now := time.Now()
	words := strings.NewReplacer("BEGAN", now.Add(-30*time.Minute).Format(time.RFC3339), "NEXT", now.Add(time.Hour).Format(time.RFC3339))
	for _, file := range files {
		data, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr, os.WriteFile(file, []byte(words.Replace(string(data))), 0o600))
	}
	return err
}

// furnish imports the sample and puts the feed on the roll.
func furnish(ctx context.Context, d *desk.Desk, ada officials.Actor) error {
	for _, file := range []string{"areas.csv", "numbers.csv"} {
		f, err := sample.Open("sample/" + file)
		if err != nil {
			return err
		}
		defer f.Close()
		if file == "areas.csv" {
			_, err = d.ImportAreas(ctx, ada, f)
		} else {
			_, err = d.ImportDirectory(ctx, ada, f)
		}
		if err != nil {
			return err
		}
	}
	feed := subscribers.Outlet{Name: "feed", List: subscribers.Live, Langs: []string{"en", "es"}, Areas: []areas.ID{"09"}}
	return d.Outlet(ctx, ada, feed, channels.CAP, subscribers.NewDestination("live"))
}

func opened(config string, f func(context.Context, *program) error) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	c, err := loadConfig(config)
	if err != nil {
		return err
	}
	p, err := open(ctx, c, farSides{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, p), p.close())
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N command ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = e.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("got exit code %d, want %d", got, want)
	}
}

func wantJSON(ts *testscript.TestScript, neg bool, args []string) {
	var v any
	out := ts.ReadFile("stdout")
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		ts.Fatalf("got no JSON: %v\n%s", err, out)
	}
	for i := 0; i+1 < len(args); i += 2 {
		object, _ := v.(map[string]any)
		field, ok := object[args[i+1]].(string)
		if !ok {
			ts.Fatalf("got no field %s in\n%s", args[i+1], out)
		}
		ts.Setenv(args[i], field)
	}
}

func release(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(opened(ts.Getenv("CALLBOX_CONFIG"), func(ctx context.Context, p *program) error {
		n, err := p.desk.Release(ctx)
		if err == nil && n != 1 {
			ts.Fatalf("got %d bulletins issued, want 1", n)
		}
		return err
	}))
}
