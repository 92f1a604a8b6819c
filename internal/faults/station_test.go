//go:build faults

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// station is what all trials share: the program, built once, and a database before any outage.
type station struct {
	binary          string
	database        []byte
	keys            subscribers.Keys
	words           *templates.Wordings
	public, private string // VAPID keys
}

const areaFile = `id,name,state,within,zips
x-westport,Westport,CT,09190,06880
x-clinton,Clinton,CT,09130,06413
`

const directoryFile = `area,for,tel
x-westport,all,203-555-0103
x-clinton,police,860-555-0105
`

func newStation(t *testing.T, overlay ...string) *station {
	t.Helper()
	s := &station{keys: subscribers.GenerateKeys()}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.binary = build(t, overlay...)
	var err error
	s.words, err = templates.Load(nil)
	must(err)
	s.public, s.private, err = push.GenerateKeys()
	must(err)
	file := filepath.Join(t.TempDir(), "callbox.db")
	must(s.prepare(t.Context(), file))
	s.database, err = os.ReadFile(file)
	must(err)
	return s
}

// prepare makes a database before any outage.
func (s *station) prepare(ctx context.Context, where string) error {
	d, err := s.desk(ctx, where, nil)
	if err != nil {
		return err
	}
	err = d.SaveAgency(ctx, ada.Agency)
	if err == nil {
		_, err = d.ImportAreas(ctx, ada, strings.NewReader(areaFile))
	}
	if err == nil {
		_, err = d.ImportDirectory(ctx, ada, strings.NewReader(directoryFile))
	}
	return errors.Join(err, d.Store.Close())
}

// build makes the program that reaches loopback instead of the world, with files of an overlay in the
// place of those of the same name.
func build(t *testing.T, overlay ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "callbox")
	args := []string{"build", "-tags", "farsides", "-o", binary}
	if len(overlay) == 2 {
		args = append(args, "-overlay", overlayFile(t, overlay[0], overlay[1]))
	}
	out, err := exec.CommandContext(t.Context(), "go", append(args, "callbox/cmd/callbox")...).CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func overlayFile(t *testing.T, original, instead string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: instead}})
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// The two officials of every trial.
var (
	ada = official("ada", officials.Drafter, officials.Directory, officials.Admin)
	bob = official("bob", officials.Approver)
)

func official(name string, roles ...officials.Role) officials.Actor {
	return officials.Actor{Agency: officials.Agency{ID: "ct", Name: "Sample agency", Zone: "America/New_York", Jurisdiction: []areas.ID{"09"},
		Sender: "alerts@ct.example.org", Policy: outages.Policy{TwoPeople: true}}, Official: &officials.Official{ID: name}, Scopes: roles}
}

// desk opens a desk on a database: the officials of a trial act by it, beside the program under test.
func (s *station) desk(ctx context.Context, file string, now func() time.Time) (*desk.Desk, error) {
	st, err := store.Open(ctx, file, subscribers.NewSealer(s.keys), now)
	if err != nil {
		return nil, fmt.Errorf("open the database beside the program: %w", err)
	}
	return desk.New(desk.Config{Store: st, Words: s.words, Links: subscribers.NewLinks(s.keys), Now: now, Post: post{},
		Page: func(b outages.Bulletin) string { return "https://alerts.example.org/outages/" + b.Outage }})
}

// post takes the desk's letters to residents, which no trial is about.
type post struct{}

func (post) Write(context.Context, desk.Letter) error { return nil }
