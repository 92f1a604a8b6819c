package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

const areaFile = `id,name,state,within,zips
x-westport,Westport,CT,09190,06880
x-clinton,Clinton,CT,09130,06413
x-berlin,Berlin,CT,09110,06037
`

const directoryFile = `area,for,tel
x-westport,all,203-555-0103
x-clinton,police,860-555-0105
x-berlin,all,860-555-0109
`

var (
	towns = []areas.ID{"x-westport", "x-clinton", "x-berlin"}
	zips  = []areas.ZIP{"06880", "06413", "06037"}
)

// start is when every history begins.
var start = time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC)

// master is a database before any outage, copied for each history.
type master struct {
	file  []byte
	keys  subscribers.Keys
	words *templates.Wordings
}

func newMaster(t *testing.T) *master {
	t.Helper()
	m := &master{keys: subscribers.GenerateKeys()}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	m.words, err = templates.Load(nil)
	ok(err)
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "callbox.db")
	d, err := m.open(ctx, file, func() time.Time { return start })
	ok(err)
	for _, a := range []officials.Agency{agency("despp", false), {ID: "mema", Name: "Sample neighbour", Jurisdiction: []areas.ID{"25"},
		Zone: "America/New_York", Sender: "alerts@mema.example.gov", Policy: outages.Policy{TwoPeople: true}}} {
		ok(d.SaveAgency(ctx, a))
	}
	ada := actor("ada", false)
	_, err = d.ImportAreas(ctx, ada, strings.NewReader(areaFile))
	ok(err)
	_, err = d.ImportDirectory(ctx, ada, strings.NewReader(directoryFile))
	ok(err)
	roll := "channel,destination,places,consent_source,consent_date\n"
	for i, zip := range zips {
		roll += fmt.Sprintf("email,a%d@example.org,%s,fair,2024-05-01\nemail,b%d@example.org,%s,fair,2024-05-01\n", i, zip, i, zip)
	}
	_, err = d.ImportSubscribers(ctx, ada, strings.NewReader(roll), nil)
	ok(err)
	ok(d.Store.Close())
	m.file, err = os.ReadFile(file)
	ok(err)
	return m
}

func agency(id string, breakGlass bool) officials.Agency {
	return officials.Agency{ID: id, Name: "Sample State Police", Jurisdiction: []areas.ID{"09"}, Zone: "America/New_York",
		Sender: "alerts@despp.example.gov", Policy: outages.Policy{TwoPeople: true, BreakGlass: breakGlass}, Undo: undo}
}

// actor is one of the people as the desk knows them.
func actor(name string, breakGlass bool) officials.Actor {
	r := people[name]
	a := officials.Actor{Agency: agency("despp", breakGlass), Scopes: []officials.Role{officials.Directory, officials.Admin}}
	if !r.ours {
		a.Agency.ID = "mema"
	}
	if r.drafts {
		a.Scopes = append(a.Scopes, officials.Drafter)
	}
	if r.approves {
		a.Scopes = append(a.Scopes, officials.Approver)
	}
	if r.person {
		a.Official = &officials.Official{ID: name}
	} else {
		a.Key, a.Mode = name, outages.Live
	}
	return a
}

// mailbox stands for the mail channel: the histories themselves say what becomes of a mail.
type mailbox struct{}

func (mailbox) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }

func (mailbox) Write(context.Context, desk.Letter) error { return nil }

func (m *master) open(ctx context.Context, file string, now func() time.Time) (*desk.Desk, error) {
	s, err := store.Open(ctx, file, subscribers.NewSealer(m.keys), now)
	if err != nil {
		return nil, err
	}
	return desk.New(desk.Config{Store: s, Words: m.words, Links: subscribers.NewLinks(m.keys), Now: now, Post: mailbox{},
		Channels: map[channels.Name]channels.Channel{channels.Email: mailbox{}},
		Page:     func(b outages.Bulletin) string { return "https://alerts.example.gov/outages/" + b.Outage }})
}

// perform does an act on the desk.
func (w *world) perform(a act, r reading) (made names, out outcome, err error) {
	who := actor(a.Who, w.model.BreakGlass)
	var d desk.Draft
	switch a.Verb {
	case declare:
		d, err = w.desk.Declare(w.ctx, who, a.Outage, a.Says.declaration(w.model.Now))
	case revise:
		d, err = w.desk.Revise(w.ctx, who, a.Draft, r.version, a.Says.declaration(w.model.Now))
	case submit:
		d, err = w.desk.Submit(w.ctx, who, a.Draft)
	case approve:
		d, err = w.desk.Approve(w.ctx, who, a.Draft, desk.Word{Code: r.code})
	case override:
		d, err = w.desk.Approve(w.ctx, who, a.Draft, desk.Word{Code: r.code, BreakGlass: true, Reason: "alone tonight", Area: r.area})
	case withdraw:
		d, err = w.desk.Withdraw(w.ctx, who, a.Draft)
	case stop:
		err = w.desk.Stop(w.ctx, who, a.Outage)
	case retract:
		d, err = w.desk.Retract(w.ctx, who, a.Outage, outages.SentInError)
	case release:
		_, err = w.desk.Release(w.ctx)
	case renew:
		err = w.desk.Renew(w.ctx)
	}
	out, err = outcomeOf(err)
	return names{d.ID, d.Outage}, out, err
}

// outcomeOf is what an official makes of an error; an error that says nothing to them is returned.
func outcomeOf(err error) (outcome, error) {
	var rule *desk.Blocked
	switch {
	case err == nil:
		return fine, nil
	case errors.Is(err, desk.ErrDenied):
		return denied, nil
	case errors.Is(err, desk.ErrNotFound):
		return unknown, nil
	case errors.Is(err, desk.ErrConflict):
		return conflict, nil
	case errors.Is(err, outages.ErrSecondPerson):
		return secondPerson, nil
	case errors.As(err, &rule), errors.Is(err, outages.ErrBlocked):
		return blocked, nil
	}
	return "", err
}

func (s said) declaration(now time.Time) outages.Declaration {
	d := outages.Declaration{Kind: s.Kind, Mode: outages.Live}
	switch s.Kind {
	case outages.Alert:
		d.Began = now.Add(-time.Hour)
	case outages.AllClear:
		d.Restored = now.Truncate(time.Second)
	case outages.Retract:
		d.Reason = outages.WrongArea
	}
	if !s.Kind.Ends() {
		d.NextUpdate = s.Next
	}
	for _, id := range towns {
		if works, named := s.Works[id]; named {
			state := outages.Down
			if works {
				state = outages.Restored
			}
			d.Conditions = append(d.Conditions, outages.Condition{Area: id, Service: outages.Voice, State: state})
		}
	}
	if s.Foreign {
		d.Conditions = append(d.Conditions, outages.Condition{Area: "25", Service: outages.Voice, State: outages.Down})
	}
	return d
}
