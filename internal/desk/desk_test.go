package desk

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
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
x-berlin,,
`

const alertFile = `
kind: alert
mode: live
began: "11:49"
next_update: "13:30"
conditions:
  - {area: Westport, voice: down, hit: {lines: [landline]}, text: working}
  - {area: Clinton, voice: down, hit: {lines: [wireless]}, text: working}
`

// room is a desk with an agency, two officials and a mail-only channel far side that nobody reads.
type room struct {
	*Desk
	t        *testing.T
	ctx      context.Context
	at       time.Time
	ada, bob officials.Actor
	mu       sync.Mutex // of posted
	posted   []Letter
	file     string // of the database
}

func (r *room) Confirm(ctx context.Context, token string) error { return r.Desk.Confirm(ctx, token) }

type post struct{ r *room }

func (p post) Write(_ context.Context, l Letter) error {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	p.r.posted = append(p.r.posted, l)
	return nil
}

// letters writes the letters that are due and returns all that were.
func (r *room) letters() []Letter {
	r.t.Helper()
	_, err := r.WriteLetters(r.ctx)
	r.ok(err)
	return r.posted
}

// mailbox stands for the mail channel: it takes every address.
type mailbox struct{}

func (mailbox) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, file: filepath.Join(t.TempDir(), "callbox.db"), ctx: context.Background(), at: time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC)}
	now := func() time.Time { return r.at }
	keys := subscribers.GenerateKeys()
	s, err := store.Open(r.ctx, r.file, subscribers.NewSealer(keys), now)
	r.ok(err)
	t.Cleanup(func() { r.ok(s.Close()) })
	words, err := templates.Load(nil)
	r.ok(err)
	r.Desk, err = New(Config{Store: s, Words: words, Links: subscribers.NewLinks(keys), Post: post{r}, Now: now,
		Channels: map[channels.Name]channels.Channel{channels.Email: mailbox{}},
		Page:     func(b outages.Bulletin) string { return "https://alerts.example.gov/outages/" + b.Outage }})
	r.ok(err)
	r.ok(r.SaveAgency(r.ctx, officials.Agency{ID: "despp", Name: "Sample State Police", Jurisdiction: []areas.ID{"09"}, Zone: "America/New_York",
		Sender: "alerts@despp.example.gov", Policy: outages.Policy{TwoPeople: true}, Undo: 10 * time.Second}))
	r.ada, r.bob = r.official("ada", officials.Drafter, officials.Approver, officials.Directory, officials.Admin), r.official("bob", officials.Approver)
	_, err = r.ImportAreas(r.ctx, r.ada, strings.NewReader(areaFile))
	r.ok(err)
	_, err = r.ImportDirectory(r.ctx, r.ada, strings.NewReader(directoryFile))
	r.ok(err)
	return r
}

func (r *room) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) official(id string, roles ...officials.Role) officials.Actor {
	r.t.Helper()
	secret, err := r.AddOfficial(r.ctx, officials.Official{ID: id, Agency: "despp", Name: id, Roles: roles})
	r.ok(err)
	a, err := r.Who(r.ctx, secret)
	r.ok(err)
	return a
}

func (r *room) resident(zip areas.ZIP) {
	r.t.Helper()
	r.ok(r.SignUp(r.ctx, subscribers.SignUp{Channel: "email", Destination: string(zip) + "@example.org", Places: []areas.Place{{ZIP: zip}}}))
	posted := r.letters()
	r.ok(r.Confirm(r.ctx, posted[len(posted)-1].Token))
}

// submitted declares and submits a file and returns the draft.
func (r *room) submitted(outage, file string) Draft {
	r.t.Helper()
	decl, err := r.Read(r.ctx, r.ada, []byte(file))
	r.ok(err)
	d, err := r.Declare(r.ctx, r.ada, outage, decl)
	r.ok(err)
	d, err = r.Submit(r.ctx, r.ada, d.ID)
	r.ok(err)
	return d
}

func (r *room) release() {
	r.t.Helper()
	r.at = r.at.Add(11 * time.Second)
	n, err := r.Release(r.ctx)
	r.ok(err)
	if n != 1 {
		r.t.Fatalf("released %d bulletins, want 1", n)
	}
}

func TestAnOutageFromDeclarationToAllClear(t *testing.T) {
	r := newRoom(t)
	for _, zip := range []areas.ZIP{"06880", "06413", "06037"} {
		r.resident(zip)
	}
	d := r.submitted("", alertFile)
	if d.Recipients[channels.Email] != 2 {
		t.Errorf("recipients %v, want 2 by e-mail", d.Recipients)
	}
	if len(d.Code) != 7 && len(d.Code) != 8 {
		t.Errorf("read-back code %q, want six characters with hyphens", d.Code)
	}
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	if n, err := r.Release(r.ctx); err != nil || n != 0 {
		t.Errorf("inside the undo window: released %d, %v, want 0", n, err)
	}
	r.release()
	s, err := r.Status(r.ctx, r.ada, d.Outage)
	r.ok(err)
	if len(s.Figures) != 1 || s.Figures[0].Targeted != 2 {
		t.Errorf("figures %+v, want 2 targeted by e-mail", s.Figures)
	}
	board, err := r.Board(r.ctx, outages.Live)
	r.ok(err)
	if n := board.For("x-westport", r.at); len(n) != 1 || !n[0].Open || n[0].Overdue {
		t.Errorf("the board for Westport: %+v, want one open notice that is not overdue", n)
	}
	if n := board.For("x-berlin", r.at); len(n) != 0 {
		t.Errorf("the board for Berlin: %+v, want nothing", n)
	}
	// promise 6: past its promise the page says so, and never that all is well.
	if n := board.For("x-westport", r.at.Add(2*time.Hour)); len(n) != 1 || !n[0].Open || !n[0].Overdue {
		t.Errorf("two hours later: %+v, want it open and overdue", n)
	}
	d = r.submitted(d.Outage, "kind: all-clear\nmode: live\nrestored: \"12:15\"\n")
	_, err = r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Hash})
	r.ok(err)
	r.release()
	board, err = r.Board(r.ctx, outages.Live)
	r.ok(err)
	if n := board.For("x-westport", r.at); len(n) != 1 || n[0].Open {
		t.Errorf("after the end: %+v, want one notice that is over", n)
	}
	if open, err := r.Outages(r.ctx, r.ada, true); err != nil || len(open) != 0 {
		t.Errorf("%d outages open, %v, want none", len(open), err)
	}
}

// promise 4: the approver is neither the submitter nor an editor, and approves what was submitted.
func TestNobodyApprovesTheirOwnDraft(t *testing.T) {
	r := newRoom(t)
	d := r.submitted("", alertFile)
	for name, c := range map[string]struct {
		actor officials.Actor
		word  Word
		want  error
	}{
		"the submitter":           {r.ada, Word{Code: d.Code}, outages.ErrSecondPerson},
		"another code":            {r.bob, Word{Code: "AA-AA-AA"}, ErrConflict},
		"break-glass, forbidden":  {r.ada, Word{Code: d.Code, BreakGlass: true, Reason: "alone"}, outages.ErrSecondPerson},
		"a machine":               {officials.Actor{Agency: r.ada.Agency, Key: "k", Scopes: officials.Roles}, Word{Code: d.Code}, ErrDenied},
		"somebody without rights": {r.official("eve", officials.Drafter), Word{Code: d.Code}, ErrDenied},
	} {
		if _, err := r.Approve(r.ctx, c.actor, d.ID, c.word); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	r.at = r.at.Add(time.Minute)
	if n, err := r.Release(r.ctx); err != nil || n != 0 {
		t.Fatalf("released %d, %v, want nothing", n, err)
	}
	// An edit makes the submission fall, and the code with it.
	decl, err := r.Read(r.ctx, r.bob, []byte(alertFile))
	r.ok(err)
	editor := r.official("carl", officials.Drafter, officials.Approver)
	revised, err := r.Revise(r.ctx, editor, d.ID, d.Version, decl)
	r.ok(err)
	if revised.State != store.DraftOpen {
		t.Errorf("after an edit the draft is %s, want it open", revised.State)
	}
	if _, err := r.Revise(r.ctx, editor, d.ID, d.Version, decl); !errors.Is(err, ErrConflict) {
		t.Errorf("an edit of an old version: %v, want a conflict", err)
	}
	again, err := r.Submit(r.ctx, r.ada, d.ID)
	r.ok(err)
	if _, err := r.Approve(r.ctx, editor, d.ID, Word{Code: again.Code}); !errors.Is(err, outages.ErrSecondPerson) {
		t.Errorf("an editor approves: %v, want a second person asked for", err)
	}
	_, err = r.Approve(r.ctx, r.bob, d.ID, Word{Code: again.Code})
	r.ok(err)
	if _, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: again.Code}); !errors.Is(err, ErrConflict) {
		t.Errorf("a second approval: %v, want a conflict", err)
	}
	undone, err := r.Withdraw(r.ctx, r.bob, d.ID)
	r.ok(err)
	if undone.State != store.DraftSubmitted {
		t.Errorf("after undo the draft is %s, want submitted", undone.State)
	}
	r.at = r.at.Add(time.Minute)
	if n, err := r.Release(r.ctx); err != nil || n != 0 {
		t.Errorf("after undo: released %d, %v, want nothing", n, err)
	}
}

// promise 1: empty, unknown and foreign areas stop, and what was typed is kept.
func TestABlockedDraftStaysADraft(t *testing.T) {
	r := newRoom(t)
	for name, c := range map[string]struct{ area, rule string }{
		"foreign":        {"MA", "foreign-area"},
		"without number": {"Berlin", "no-number"},
	} {
		decl, err := r.Read(r.ctx, r.ada, []byte("kind: alert\nmode: live\nbegan: \"11:49\"\nnext_update: \"13:30\"\nconditions: [{area: "+c.area+", voice: down, text: down}]\n"))
		r.ok(err)
		d, err := r.Declare(r.ctx, r.ada, "", decl)
		r.ok(err)
		_, err = r.Submit(r.ctx, r.ada, d.ID)
		blocked, ok := errors.AsType[*Blocked](err)
		if !ok {
			t.Errorf("%s: %v, want it blocked", name, err)
			continue
		}
		if !slices.ContainsFunc(blocked.Findings, func(f outages.Finding) bool { return f.Block && f.Rule == c.rule }) {
			t.Errorf("%s: findings %+v, want the rule %s", name, blocked.Findings, c.rule)
		}
		kept, err := r.Desk.Draft(r.ctx, r.ada, d.ID)
		r.ok(err)
		if kept.State != store.DraftOpen || len(kept.Declaration.Conditions) == 0 {
			t.Errorf("%s: the draft is %s with %d conditions, want it kept", name, kept.State, len(kept.Declaration.Conditions))
		}
	}
	if _, err := r.Read(r.ctx, r.ada, []byte("kind: alert\nmode: live\nconditions: [{area: Atlantis, voice: down}]")); err == nil {
		t.Error("an unknown area parses, want an error at its place")
	}
}

func TestASecondAlertForAnOpenOutageIsRefused(t *testing.T) {
	r := newRoom(t)
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	decl, err := r.Read(r.ctx, r.ada, []byte(alertFile))
	r.ok(err)
	second, err := r.Declare(r.ctx, r.ada, d.Outage, decl)
	r.ok(err)
	submitted, err := r.Submit(r.ctx, r.ada, second.ID)
	if err == nil {
		_, err = r.Approve(r.ctx, r.bob, submitted.ID, Word{Code: submitted.Code})
	}
	if blocked := new(Blocked); !errors.Is(err, ErrConflict) && !errors.As(err, &blocked) {
		t.Errorf("a second alert: %v, want it refused", err)
	}
}

// A retract needs one person, and reaches those who were told.
func TestOnePersonRetracts(t *testing.T) {
	r := newRoom(t)
	r.resident("06880")
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	if _, err := r.Retract(r.ctx, r.bob, d.Outage, " "); err == nil {
		t.Error("a retraction without a reason is taken")
	}
	_, err = r.Retract(r.ctx, r.bob, d.Outage, "wrong area")
	r.ok(err)
	r.release()
	s, err := r.Status(r.ctx, r.ada, d.Outage)
	r.ok(err)
	if got := s.Figures[0]; got.Stopped != 1 || got.Waiting != 0 {
		t.Errorf("the alert: %+v, want its one delivery stopped", got)
	}
	if last := s.Outage.Bulletins[len(s.Outage.Bulletins)-1]; last.Kind != outages.Retract {
		t.Errorf("the last bulletin is %s, want the retraction", last.Kind)
	}
}

// Identical answers: nobody learns from the form who is subscribed.
func TestSigningUpTwiceTellsOnlyTheMailbox(t *testing.T) {
	r := newRoom(t)
	in := subscribers.SignUp{Channel: "email", Destination: "pat@example.org", Places: []areas.Place{{ZIP: "06880"}}, Langs: []string{"es"}}
	for range 2 {
		r.ok(r.SignUp(r.ctx, in))
		r.letters()
	}
	if len(r.posted) != 2 || r.posted[1].Kind != ConfirmLetter || r.posted[0].Lang != "es" {
		t.Errorf("posted %d letters, want two to confirm, in Spanish", len(r.posted))
	}
	r.ok(r.Confirm(r.ctx, r.posted[0].Token))
	r.ok(r.Confirm(r.ctx, r.posted[1].Token))
	r.ok(r.SignUp(r.ctx, in))
	if l := r.letters(); len(l) != 3 || l[2].Kind != KnownLetter {
		t.Error("a known address does not learn that it is subscribed")
	}
	if err := r.Leave(r.ctx, r.posted[0].Token); err == nil {
		t.Error("a confirm link unsubscribes, want its purpose refused")
	}
	var bad subscribers.FieldErrors
	in.Places = []areas.Place{{ZIP: "00000"}}
	if err := r.SignUp(r.ctx, in); !errors.As(err, &bad) || len(bad.Of("places")) != 1 {
		t.Errorf("a ZIP that does not exist: %v, want the field places named", err)
	}
}

func TestARenewalWaitsForPeopleWhoAreAboutToSpeak(t *testing.T) {
	r := newRoom(t)
	outage := r.issued("", strings.Replace(alertFile, "13:30", "14:30", 1))
	o, err := r.Store.Outage(r.ctx, outage)
	r.ok(err)
	expires := o.Bulletins[0].Expires
	r.at = expires.Add(-20 * time.Minute)
	r.submitted(outage, "kind: update\nmode: live\nnext_update: \""+expires.Add(time.Hour).Format(time.RFC3339)+"\"\nconditions:\n  - {area: Westport, voice: restored}\n")
	count := func() int {
		o, err := r.Store.Outage(r.ctx, outage)
		r.ok(err)
		return len(o.Bulletins)
	}
	r.ok(r.Renew(r.ctx))
	if n := count(); n != 1 {
		t.Fatalf("%d bulletins: the renewal took the number of a draft that waits", n)
	}
	r.at = expires.Add(-4 * time.Minute)
	r.ok(r.Renew(r.ctx))
	if n := count(); n != 2 {
		t.Errorf("%d bulletins: the feed would fall silent for a draft that nobody approves", n)
	}
}

func TestTheFeedIsRenewedUntilItsPromiseIsLongBroken(t *testing.T) {
	r := newRoom(t)
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	count := func() int {
		o, err := r.Store.Outage(r.ctx, d.Outage)
		r.ok(err)
		return len(o.Bulletins)
	}
	r.ok(r.Renew(r.ctx))
	if n := count(); n != 1 {
		t.Errorf("at once: %d bulletins, want no renewal", n)
	}
	r.at = r.at.Add(20 * time.Hour) // long past the next update it promised
	r.ok(r.Renew(r.ctx))
	if n := count(); n != 1 {
		t.Errorf("long overdue: %d bulletins, want no renewal", n)
	}
}

func TestAnImportedSubscriberWithoutConsentIsAsked(t *testing.T) {
	r := newRoom(t)
	file := "channel,destination,places,consent_source,consent_date\nemail,a@example.org,06880,fair,2024-05-01\nemail,b@example.org,06413,,\n"
	done, err := r.ImportSubscribers(r.ctx, r.ada, strings.NewReader(file), nil)
	r.ok(err)
	if done.Lines != 2 || len(r.letters()) != 1 {
		t.Errorf("%d lines, %d confirmation mails, want 2 and 1", done.Lines, len(r.posted))
	}
	var areasReport areas.Report
	_, err = r.ImportSubscribers(r.ctx, r.ada, strings.NewReader("channel,destination,places\nemail,c@example.org,06880\nemail,nonsense,99999\n"), nil)
	if !errors.As(err, &areasReport) || len(areasReport) == 0 || areasReport[0].Line != 3 {
		t.Errorf("a bad line: %v, want a report that names line 3", err)
	}
	if len(r.letters()) != 1 {
		t.Error("a file with a bad line was taken over in part")
	}
	var out strings.Builder
	r.ok(r.ExportSubscribers(r.ctx, r.ada, &out))
	if !strings.Contains(out.String(), "a@example.org") {
		t.Error("the export lacks an active subscriber")
	}
}

func TestTwoUnansweredCallsHideANumber(t *testing.T) {
	r := newRoom(t)
	n := areas.Number{Area: "x-clinton", Tel: "+18605550105", For: areas.Police}
	covered := func() int {
		c, err := r.Coverage(r.ctx, r.ada)
		r.ok(err)
		return c.With
	}
	if got := covered(); got != 2 {
		t.Fatalf("%d areas have a number, want Westport and Clinton", got)
	}
	for range 2 {
		_, err := r.ConfirmNumber(r.ctx, r.ada, n, false)
		r.ok(err)
	}
	if got := covered(); got != 1 {
		t.Errorf("after two unanswered calls %d areas have a number, want Westport only", got)
	}
	decl, err := r.Read(r.ctx, r.ada, []byte(alertFile))
	r.ok(err)
	d, err := r.Lint(r.ctx, r.ada, "", decl)
	r.ok(err)
	for _, text := range d.Texts.All() {
		for _, p := range text.Parts {
			for _, printed := range p.Numbers {
				if printed.Tel == n.Tel {
					t.Errorf("the hidden number is printed in %s", text.Lang)
				}
			}
		}
	}
	_, err = r.ConfirmNumber(r.ctx, r.ada, n, true)
	r.ok(err)
	due, err := r.Due(r.ctx, r.ada)
	r.ok(err)
	if len(due) != 1 || due[0].Area != "x-westport" {
		t.Errorf("due: %+v, want Westport's number, which nobody ever rang", due)
	}
	if _, err := r.ConfirmNumber(r.ctx, r.ada, areas.Number{Area: "25", Tel: n.Tel, For: areas.Police}, true); !errors.Is(err, ErrNotFound) {
		t.Errorf("a number of another state: %v, want it not found", err)
	}
}
