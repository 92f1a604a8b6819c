package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/outages"
)

// person writes an official of agency "a".
func (b *bench) person(id string) officials.Official {
	b.t.Helper()
	o := officials.Official{ID: id, Agency: "a", Name: id, Roles: officials.Roles}
	b.ok(b.SaveOfficial(b.ctx, o, officials.Entry{}))
	return o
}

func TestASessionIsFoundByTheHashOfItsTokenOnly(t *testing.T) {
	b := newBench(t)
	b.person("ann")
	token := officials.NewToken()
	x := officials.Session{ID: "s1", Official: "ann", How: officials.ByPasskey, Network: "192.0.2.1", Agent: "a browser",
		Created: b.at, Seen: b.at, Proved: b.at}
	b.ok(b.Begin(b.ctx, x, token.Hash(), officials.Entry{Actor: "ann", Action: "sign-in"}))
	got, who, err := b.Session(b.ctx, token.Hash())
	b.ok(err)
	if got != x || who.Name() != "ann" || who.Agency.ID != "a" || len(who.Scopes) != len(officials.Roles) {
		t.Errorf("session %+v of %+v, want %+v of ann", got, who, x)
	}
	if _, _, err := b.Session(b.ctx, officials.NewToken().Hash()); !errors.Is(err, ErrNotFound) {
		t.Errorf("by another token: %v, want ErrNotFound", err)
	}
	b.ok(b.Saw(b.ctx, "s1", b.at.Add(time.Minute)))
	b.ok(b.Saw(b.ctx, "s1", b.at)) // a slower request
	b.ok(b.Proved(b.ctx, "s1", b.at.Add(time.Hour)))
	list, err := b.Sessions(b.ctx, "ann")
	b.ok(err)
	if len(list) != 1 || !list[0].Seen.Equal(b.at.Add(time.Minute)) || !list[0].Proved.Equal(b.at.Add(time.Hour)) {
		t.Errorf("sessions %+v, want one, seen a minute later and proved an hour later", list)
	}
	b.ok(b.Begin(b.ctx, officials.Session{ID: "s0", Official: "ann", Created: b.at.Add(-2 * officials.SessionMost), Seen: b.at}, []byte{1}, officials.Entry{}))
	b.ok(b.Begin(b.ctx, officials.Session{ID: "s2", Official: "ann", Created: b.at, Seen: b.at.Add(-officials.SessionIdle)}, []byte{2}, officials.Entry{}))
	if _, _, err := b.Session(b.ctx, []byte{1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a session of yesterday: %v, want it forgotten", err)
	}
	if here, err := b.Present(b.ctx, "a"); err != nil || !slices.Equal(here, []string{"ann"}) {
		t.Errorf("present: %q, %v, want ann", here, err)
	}
	if err := b.End(b.ctx, "bob", "s1", officials.Entry{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("ended by another: %v, want ErrNotFound", err)
	}
	b.ok(b.End(b.ctx, "ann", "s1", officials.Entry{Actor: "ann", Action: "session.end"}))
	if _, _, err := b.Session(b.ctx, token.Hash()); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v, want ErrNotFound", err)
	}
}

func TestAPasskeyBelongsToOneAndAnAnswerCountsOnce(t *testing.T) {
	b := newBench(t)
	ann := b.person("ann")
	b.person("bob")
	p := officials.Passkey{ID: []byte{1, 2}, Official: "ann", Name: "phone", Credential: []byte(`{"n":1}`), Created: b.at}
	b.ok(b.AddPasskey(b.ctx, p, officials.Entry{Actor: "ann", Action: "passkey.add"}))
	again := p
	again.Official = "bob"
	if err := b.AddPasskey(b.ctx, again, officials.Entry{}); !errors.Is(err, ErrTaken) {
		t.Errorf("the same credential for another: %v, want ErrTaken", err)
	}
	p.Credential, p.Used = []byte(`{"n":2}`), b.at
	b.ok(b.UsedPasskey(b.ctx, p, []byte("challenge"), b.at.Add(time.Minute)))
	if err := b.UsedPasskey(b.ctx, p, []byte("challenge"), b.at.Add(time.Minute)); !errors.Is(err, ErrStale) {
		t.Errorf("the same challenge again: %v, want ErrStale", err)
	}
	got, who, err := b.Passkey(b.ctx, p.ID)
	b.ok(err)
	if who.ID != ann.ID || string(got.Credential) != `{"n":2}` || !got.Used.Equal(b.at) {
		t.Errorf("passkey %+v of %s, want what was written last, of ann", got, who.ID)
	}
	if err := b.RemovePasskey(b.ctx, "bob", p.ID, officials.Entry{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed by another: %v, want ErrNotFound", err)
	}
	b.ok(b.RemovePasskey(b.ctx, "ann", p.ID, officials.Entry{}))
	if f, err := b.Factors(b.ctx, "ann"); err != nil || !f.None() {
		t.Errorf("factors %+v, %v, want none", f, err)
	}
}

func TestACodeAppIsSealedAndItsStepsAreUsedUp(t *testing.T) {
	b := newBench(t)
	b.person("ann")
	b.ok(b.SetCode(b.ctx, "ann", "SECRET", 7, officials.Entry{}))
	var sealed []byte
	b.ok(b.read.QueryRowContext(b.ctx, `SELECT sealed FROM codes WHERE official = 'ann'`).Scan(&sealed))
	if bytes.Contains(sealed, []byte("SECRET")) {
		t.Error("the secret stands in the database as it is")
	}
	if secret, step, err := b.Code(b.ctx, "ann"); err != nil || secret != "SECRET" || step != 7 {
		t.Errorf("it reads %q after step %d (%v), want SECRET after 7", secret, step, err)
	}
	for step, want := range map[int64]error{6: ErrStale, 7: ErrStale} {
		if err := b.UseCode(b.ctx, "ann", step); !errors.Is(err, want) {
			t.Errorf("step %d: %v, want %v", step, err, want)
		}
	}
	b.ok(b.UseCode(b.ctx, "ann", 9))
	if err := b.UseCode(b.ctx, "ann", 9); !errors.Is(err, ErrStale) {
		t.Errorf("step 9 again: %v, want ErrStale", err)
	}
	b.ok(b.SetCode(b.ctx, "ann", "", 0, officials.Entry{}))
	if _, _, err := b.Code(b.ctx, "ann"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its removal: %v, want ErrNotFound", err)
	}
}

func TestARecoveryTakesEverythingOldAway(t *testing.T) {
	b := newBench(t)
	b.person("ann")
	b.person("cy")
	id, secret, hash := officials.NewSecret()
	b.ok(b.SaveKey(b.ctx, officials.Key{ID: id, Agency: "a", Official: "ann"}, hash, officials.Entry{}))
	b.ok(b.AddPasskey(b.ctx, officials.Passkey{ID: []byte{1}, Official: "ann", Credential: []byte("{}"), Created: b.at}, officials.Entry{}))
	b.ok(b.SetCode(b.ctx, "ann", "SECRET", 0, officials.Entry{}))
	old, link := officials.NewToken(), officials.NewToken()
	b.ok(b.Begin(b.ctx, officials.Session{ID: "s", Official: "ann", Created: b.at, Seen: b.at}, old.Hash(), officials.Entry{}))
	r := officials.Recovery{ID: "r1", Agency: "a", Official: "ann", Reason: "lost", By: "cy", At: b.at}
	b.ok(b.AskRecovery(b.ctx, r, officials.Entry{}))
	r.ID = "r2"
	b.ok(b.AskRecovery(b.ctx, r, officials.Entry{})) // takes the place of the first
	if list, err := b.Recoveries(b.ctx, "a"); err != nil || len(list) != 1 || list[0] != r {
		t.Errorf("waiting: %+v, %v, want %+v", list, err, r)
	}
	b.ok(b.Recover(b.ctx, r, link.Hash(), b.at.Add(time.Hour), officials.Entry{}))
	f, err := b.Factors(b.ctx, "ann")
	b.ok(err)
	_, _, gone := b.Session(b.ctx, old.Hash())
	_, unknown := b.Authenticate(b.ctx, secret)
	if !f.None() || !errors.Is(gone, ErrNotFound) || !errors.Is(unknown, officials.ErrUnknown) {
		t.Errorf("left over: %+v, session %v, key %v", f, gone, unknown)
	}
	if who, err := b.Entry(b.ctx, link.Hash()); err != nil || who.ID != "ann" {
		t.Errorf("the link is for %q (%v), want ann", who.ID, err)
	}
	if err := b.Recover(b.ctx, r, link.Hash(), b.at, officials.Entry{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("granted twice: %v, want ErrNotFound", err)
	}
}

func TestAFormIsClaimedOnceAndFreedWhenItFailed(t *testing.T) {
	b := newBench(t)
	claim := func(want bool, result string) {
		t.Helper()
		first, got, err := b.Once(b.ctx, "ann", "x")
		b.ok(err)
		if first != want || got != result {
			t.Errorf("first %v with the result %q, want %v with %q", first, got, want, result)
		}
	}
	claim(true, "")
	claim(false, "")
	b.ok(b.Done(b.ctx, "ann", "x", ""))
	claim(true, "")
	b.ok(b.Done(b.ctx, "ann", "x", "/there"))
	claim(false, "/there")
	b.at = b.at.Add(25 * time.Hour)
	claim(true, "")
}

func TestOnlyADrillOfOnesOwnCounts(t *testing.T) {
	b := newBench(t)
	for id, mode := range map[string]outages.Mode{"o-drill": outages.Drill, "o-live": outages.Live} {
		b.ok(b.NewOutage(b.ctx, outages.Outage{ID: id, Agency: "a", Mode: mode}))
		b.ok(b.SaveDraft(b.ctx, Draft{Draft: outages.Draft{ID: "d" + id, Outage: id, Submitter: "sub" + string(mode), Editors: []string{"ed" + string(mode)}},
			State: DraftIssued, Approval: &outages.Approval{By: "app" + string(mode), At: b.at}}, officials.Entry{}))
	}
	for who, want := range map[string]bool{"subdrill": true, "eddrill": true, "appdrill": true, "applive": false, "sublive": false, "nobody": false} {
		at, err := b.LastDrill(b.ctx, "a", who, b.at.Add(-time.Hour))
		b.ok(err)
		if at.IsZero() == want {
			t.Errorf("%s practised at %v, want one: %v", who, at, want)
		}
	}
	if at, err := b.LastDrill(b.ctx, "a", "subdrill", b.at.Add(time.Hour)); err != nil || !at.IsZero() {
		t.Errorf("a drill of long ago counts: %v, %v", at, err)
	}
	if at, err := b.LastDrill(b.ctx, "b", "subdrill", b.at.Add(-time.Hour)); err != nil || !at.IsZero() {
		t.Errorf("a drill of another agency counts: %v, %v", at, err)
	}
}
