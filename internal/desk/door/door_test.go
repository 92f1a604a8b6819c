package door_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/webtest"
)

var visitor = door.Visitor{Network: "192.0.2.7", Agent: "a browser"}

// trail returns the actions of the audit trail, as "actor action object".
func trail(s *consoletest.Site) []string {
	s.T.Helper()
	var out []string
	s.OK(s.Store.Audit(s.T.Context(), 0, func(e officials.Entry) error {
		out = append(out, fmt.Sprint(e.Actor, " ", e.Action, " ", e.Object))
		return nil
	}))
	return out
}

func ends(t *testing.T, trail []string, want string) {
	t.Helper()
	if got := trail[len(trail)-1]; got != want {
		t.Errorf("the audit trail ends with %q, want %q", got, want)
	}
}

// Check 17: a passkey signs its owner in, and every other answer is refused with one error.
func TestAPasskeySignsItsOwnerIn(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	ask := func() door.Question {
		t.Helper()
		q, err := s.Door.AskSignIn()
		s.OK(err)
		return q
	}
	token, err := s.Door.SignIn(t.Context(), visitor, ada.Key.Answer(ask()))
	s.OK(err)
	v, err := s.Door.Session(t.Context(), token)
	s.OK(err)
	if v.Actor.Name() != "ada" || v.How != officials.ByPasskey || !v.Fresh(s.Now()) {
		t.Errorf("it is %s by %s, want ada by passkey, a moment ago", v.Actor.Name(), v.How)
	}

	old, answered := ada.Key.Answer(ask()), ada.Key.Answer(ask())
	if _, err := s.Door.SignIn(t.Context(), visitor, answered); err != nil {
		t.Fatal(err)
	}
	stranger := consoletest.NewKey(t, consoletest.Origin)
	elsewhere := *ada.Key
	elsewhere.Origin = "https://console.example.org"
	unverified := *ada.Key
	unverified.Unverified = true
	late, foreign := ada.Key.Answer(ask()), ask()
	q, err := s.Door.AskTouch(t.Context(), ada.Visit(), "sign-in")
	s.OK(err)
	damaged := ada.Key.Answer(ask())
	damaged.State = damaged.State[:len(damaged.State)-2]
	for name, a := range map[string]door.Answer{
		"the same answer again":          answered,
		"a passkey that nobody has":      stranger.Answer(ask()),
		"given at another site":          elsewhere.Answer(ask()),
		"without verifying the user":     unverified.Answer(ask()),
		"to a question of another kind":  ada.Key.Answer(q),
		"with a damaged state":           damaged,
		"without a credential":           {State: foreign.State},
		"with the counter of an old day": old,
	} {
		s.Pass(time.Minute) // after failures there is a wait
		if _, err := s.Door.SignIn(t.Context(), visitor, a); !errors.Is(err, door.ErrRefused) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	s.Pass(10 * time.Minute)
	if _, err := s.Door.SignIn(t.Context(), visitor, late); !errors.Is(err, door.ErrRefused) {
		t.Errorf("an answer that came late: %v, want it refused", err)
	}
	ends(t, trail(s), "visitor sign-in.refused ")
}

// code is what an app shows that has a secret.
func code(s *consoletest.Site, secret string, later time.Duration) string {
	s.T.Helper()
	c, err := totp.GenerateCode(secret, s.Now().Add(later))
	s.OK(err)
	return c
}

// coded signs somebody in who set up codes, and returns their secret.
func coded(s *consoletest.Site, a officials.Actor) (*consoletest.Person, string) {
	s.T.Helper()
	p := s.Enter(a)
	n, err := s.Door.NewCode(p.Visit())
	s.OK(err)
	if _, err := s.Door.SetCode(s.T.Context(), p.Visit(), n.State, "000000"); !errors.Is(err, door.ErrRefused) {
		s.T.Errorf("a wrong first code: %v, want it refused", err)
	}
	token, err := s.Door.SetCode(s.T.Context(), p.Visit(), n.State, code(s, n.Secret, 0))
	s.OK(err)
	v, err := s.Door.Session(s.T.Context(), token)
	s.OK(err)
	if v.How != officials.ByCode {
		s.T.Errorf("after setting up codes the session is by %s, want by code", v.How)
	}
	return p, n.Secret
}

// Check 17: the fallback takes the personal key and a code, and each code once.
func TestACodeWorksOnceAndOnlyWithTheKey(t *testing.T) {
	s := consoletest.New(t)
	_, secret := coded(s, s.Ada)
	signIn := func(c door.Claim) error {
		_, err := s.Door.SignInByCode(t.Context(), visitor, c)
		return err
	}
	good := func() door.Claim { return door.Claim{Name: " ADA", Key: s.AdaKey, Code: code(s, secret, 0)} }
	if err := signIn(good()); !errors.Is(err, door.ErrRefused) {
		t.Errorf("with the code that set it up: %v, want it refused", err)
	}
	s.Pass(time.Minute)
	c := good()
	c.Code = c.Code[:3] + " " + c.Code[3:]
	s.OK(signIn(c))
	for name, change := range map[string]func(*door.Claim){
		"the same code again":  func(x *door.Claim) { x.Code = c.Code },
		"somebody else's key":  func(x *door.Claim) { x.Key = s.BobKey },
		"no key":               func(x *door.Claim) { x.Key = "" },
		"another name":         func(x *door.Claim) { x.Name = "bob" },
		"a name that is not":   func(x *door.Claim) { x.Name = "nobody@example.gov" },
		"a wrong code":         func(x *door.Claim) { x.Code = "000000" },
		"a code of long ago":   func(x *door.Claim) { x.Code = code(s, secret, -5*time.Minute) },
		"an old code shown":    func(x *door.Claim) { x.Code = code(s, secret, -time.Minute) },
		"no code":              func(x *door.Claim) { x.Code = "" },
		"a key of a machine":   func(x *door.Claim) { x.Key = s.Machine },
		"an empty name at all": func(x *door.Claim) { x.Name = "" },
	} {
		s.Pass(2 * time.Minute)
		x := good()
		if name == "the same code again" {
			s.OK(signIn(x))
			c = x
		}
		change(&x)
		if err := signIn(x); !errors.Is(err, door.ErrRefused) || strings.Contains(fmt.Sprint(err), x.Name) && x.Name != "" {
			t.Errorf("%s: %v, want it refused in words that name nobody", name, err)
		}
	}
}

// Check 17: whoever fails waits longer each time, and waiting helps. A right code does not get through early.
func TestFailuresAreHeldBack(t *testing.T) {
	s := consoletest.New(t)
	_, secret := coded(s, s.Ada)
	s.Pass(2 * time.Minute)
	at := func(network, name, code string) error {
		_, err := s.Door.SignInByCode(t.Context(), door.Visitor{Network: network}, door.Claim{Name: name, Key: s.AdaKey, Code: code})
		return err
	}
	for i, want := range []time.Duration{0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if err := at("198.51.100.1", "ada", "000000"); !errors.Is(err, door.ErrRefused) {
			t.Fatalf("failure %d: %v, want it refused", i+1, err)
		}
		if want == 0 {
			continue
		}
		for _, network := range []string{"198.51.100.1", "203.0.113.9"} { // the account is held back wherever it is tried
			err := at(network, "ada", code(s, secret, 0))
			if h, held := errors.AsType[*door.Hold](err); !held || h.Until.Sub(s.Now()) != want {
				t.Errorf("after %d failures: %v, want a wait of %v", i+1, err, want)
			}
		}
		if i < 9 {
			s.Pass(want)
		}
	}
	if err := at("203.0.113.9", "bob", "000000"); !errors.Is(err, door.ErrRefused) {
		t.Errorf("somebody else from elsewhere: %v, want it judged", err)
	}
	if _, err := s.Door.SignIn(t.Context(), door.Visitor{Network: "198.51.100.1"}, door.Answer{State: "x", Credential: json.RawMessage("{}")}); !errors.Is(err, door.ErrRefused) {
		t.Errorf("a passkey from the network of the failures: %v, want it judged", err)
	}
	s.Pass(2 * time.Minute)
	s.OK(at("203.0.113.9", "ada", code(s, secret, 0)))
}

func TestASessionEndsWhenIdleAndInAnyCase(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	for range 13 {
		s.Pass(officials.SessionIdle - time.Minute)
		if at, _ := ada.Visit().Ends(); !at.After(s.Now()) {
			t.Fatal("a session that is used ended")
		}
		if s.Now().Sub(ada.Visit().Created) > officials.SessionMost-officials.SessionIdle {
			break
		}
	}
	if _, final := ada.Visit().Ends(); !final {
		t.Error("the twelve hours are nearly over, and the session does not say so")
	}
	s.Pass(officials.SessionIdle)
	if w := ada.Get("/console/"); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Errorf("after twelve hours: %d without the sign-in page", w.Code)
	}
	bob := s.SignIn(s.Bob)
	s.Pass(officials.SessionIdle)
	if w := bob.Get("/console/"); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Errorf("after an idle hour: %d without the sign-in page", w.Code)
	}
}

func TestOfficialsSeeAndEndTheirSessions(t *testing.T) {
	s := consoletest.New(t)
	phone, laptop, bob := s.SignIn(s.Ada), s.SignIn(s.Ada), s.SignIn(s.Bob)
	list, err := s.Door.Sessions(t.Context(), s.Ada)
	s.OK(err)
	ended := phone.Visit().ID
	if len(list) != 2 {
		t.Fatalf("%d sessions, want two", len(list))
	}
	if err := s.Door.End(t.Context(), s.Bob, ended); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("ending somebody else's session: %v, want not found", err)
	}
	laptop.Post("/console/you/sessions/end", url.Values{"id": {ended}})
	ends(t, trail(s), "ada session.end "+ended)
	for who, p := range map[string]*consoletest.Person{"the one that was ended": phone, "its owner's other": laptop, "bob's": bob} {
		alive := p.Get("/console/you").Code == 200 && !strings.Contains(p.Get("/console/you").Body.String(), "<h1>Sign in</h1>")
		if want := p != phone; alive != want {
			t.Errorf("%s session is alive: %v, want %v", who, alive, want)
		}
	}
}

func TestALinkLetsOneIn(t *testing.T) {
	s := consoletest.New(t)
	first, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	second, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	if _, err := s.Door.Enter(t.Context(), visitor, first); !errors.Is(err, door.ErrRefused) {
		t.Errorf("a link after a newer one was made: %v, want it refused", err)
	}
	if o, err := s.Door.Guest(t.Context(), second); err != nil || o.ID != "ada" {
		t.Errorf("the link is for %q (%v), want ada", o.ID, err)
	}
	if _, err = s.Door.Enter(t.Context(), visitor, second); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Door.Enter(t.Context(), visitor, second); !errors.Is(err, door.ErrRefused) {
		t.Errorf("a link that was used: %v, want it refused", err)
	}
	third, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	s.Pass(24 * time.Hour)
	if _, err := s.Door.Enter(t.Context(), visitor, third); !errors.Is(err, door.ErrRefused) {
		t.Errorf("a link of yesterday: %v, want it refused", err)
	}
	for _, secret := range []officials.Token{first, second, third} {
		if strings.Contains(strings.Join(trail(s), "\n"), secret.Reveal()) || strings.Contains(fmt.Sprintf("%v %+v %#v", secret, secret, secret), secret.Reveal()) {
			t.Error("a link stands in the audit trail, or prints itself")
		}
	}
}

// The proof belongs to one purpose and one session, and counts once.
func TestATouchIsForOnePurpose(t *testing.T) {
	s := consoletest.New(t)
	ada, other, bob := s.SignIn(s.Ada), s.SignIn(s.Ada), s.SignIn(s.Bob)
	touch := func(p *consoletest.Person, purpose string, a door.Answer) error {
		return s.Door.Touch(t.Context(), p.Visit(), purpose, a)
	}
	ask := func(p *consoletest.Person, purpose string) door.Question {
		q, err := s.Door.AskTouch(t.Context(), p.Visit(), purpose)
		s.OK(err)
		return q
	}
	good := ada.Key.Answer(ask(ada, "approve:1"))
	s.OK(touch(ada, "approve:1", good))
	for name, err := range map[string]error{
		"again":                 touch(ada, "approve:1", good),
		"for another purpose":   touch(ada, "approve:2", ada.Key.Answer(ask(ada, "approve:1"))),
		"in another session":    touch(other, "approve:1", ada.Key.Answer(ask(ada, "approve:1"))),
		"by somebody else":      touch(bob, "approve:1", bob.Key.Answer(ask(ada, "approve:1"))),
		"by somebody else's":    touch(ada, "approve:1", bob.Key.Answer(ask(ada, "approve:1"))),
		"by a code":             s.Door.TouchByCode(t.Context(), ada.Visit(), "123456"),
		"with nothing at all":   touch(ada, "approve:1", door.Answer{}),
		"of a removed passkey":  removed(s, other),
		"by a sign-in question": touch(ada, "approve:1", signInAnswer(s, ada)),
	} {
		if !errors.Is(err, door.ErrUntouched) {
			t.Errorf("%s: %v, want untouched", name, err)
		}
	}
}

func signInAnswer(s *consoletest.Site, p *consoletest.Person) door.Answer {
	q, err := s.Door.AskSignIn()
	s.OK(err)
	return p.Key.Answer(q)
}

func removed(s *consoletest.Site, p *consoletest.Person) error {
	q, err := s.Door.AskTouch(s.T.Context(), p.Visit(), "x")
	s.OK(err)
	a := p.Key.Answer(q)
	f, err := s.Door.Factors(s.T.Context(), p.Actor)
	s.OK(err)
	for _, k := range f.Passkeys[:len(f.Passkeys)-1] {
		s.OK(s.Door.RemovePasskey(s.T.Context(), p.Actor, k.ID))
	}
	if err := s.Door.RemovePasskey(s.T.Context(), p.Actor, f.Passkeys[len(f.Passkeys)-1].ID); !errors.Is(err, door.ErrLast) {
		s.T.Errorf("removing the last way to sign in: %v, want it refused", err)
	}
	a.State = a.State + "A"
	return s.Door.Touch(s.T.Context(), p.Visit(), "x", a)
}

func TestWhoHasNoPasskeyGivesACode(t *testing.T) {
	s := consoletest.New(t)
	p, secret := coded(s, s.Bob)
	_ = p
	s.Pass(time.Minute)
	token, err := s.Door.SignInByCode(t.Context(), visitor, door.Claim{Name: "bob", Key: s.BobKey, Code: code(s, secret, 0)})
	s.OK(err)
	v, err := s.Door.Session(t.Context(), token)
	s.OK(err)
	if _, err := s.Door.AskTouch(t.Context(), v, "x"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("asked for a passkey that there is not: %v, want not found", err)
	}
	if err := s.Door.TouchByCode(t.Context(), v, code(s, secret, 0)); !errors.Is(err, door.ErrUntouched) {
		t.Errorf("by the code that signed in: %v, want untouched", err)
	}
	s.Pass(time.Minute)
	s.OK(s.Door.TouchByCode(t.Context(), v, code(s, secret, 0)))
}

// Nobody is let in again by one administrator, nor by themselves; and then nothing old opens.
func TestTwoAdministratorsLetSomebodyInAgain(t *testing.T) {
	s := consoletest.New(t)
	admins := map[string]officials.Actor{}
	for _, id := range []string{"cy", "di"} {
		o := officials.Official{ID: id, Agency: "despp", Name: id, Roles: []officials.Role{officials.Admin}}
		_, err := s.AddOfficial(t.Context(), o)
		s.OK(err)
		admins[id] = officials.Actor{Agency: s.Ada.Agency, Official: &o, Scopes: o.Roles}
	}
	bob := s.SignIn(s.Bob)
	cy, di := admins["cy"], admins["di"]
	for name, err := range map[string]error{
		"by no administrator":   s.Door.AskRecovery(t.Context(), s.Bob, "ada", "lost"),
		"for oneself":           s.Door.AskRecovery(t.Context(), cy, "cy", "lost"),
		"for nobody":            s.Door.AskRecovery(t.Context(), cy, "nobody", "lost"),
		"without saying why":    s.Door.AskRecovery(t.Context(), cy, "bob", " "),
		"of one who is nowhere": confirm(s, di, "none"),
	} {
		if err == nil {
			t.Errorf("asked %s: no error", name)
		}
	}
	s.OK(s.Door.AskRecovery(t.Context(), cy, "bob", "lost the phone; I know the voice"))
	list, err := s.Door.Recoveries(t.Context(), di)
	s.OK(err)
	if len(list) != 1 || list[0].Official != "bob" || list[0].By != "cy" {
		t.Fatalf("waiting: %+v, want bob, asked by cy", list)
	}
	for who, a := range map[string]officials.Actor{"the same administrator": cy, "bob": s.Bob} {
		if err := confirm(s, a, list[0].ID); err == nil {
			t.Errorf("confirmed by %s: no error", who)
		}
	}
	if w := bob.Get("/console/you"); w.Code != 200 {
		t.Error("bob lost his session before anybody confirmed it")
	}
	o, link, err := s.Door.Recover(t.Context(), di, list[0].ID)
	s.OK(err)
	ends(t, trail(s), "di recovery.confirm bob")
	if err := confirm(s, di, list[0].ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("confirmed twice: %v, want not found", err)
	}
	if _, err := s.Door.SignIn(t.Context(), visitor, signInAnswer(s, bob)); !errors.Is(err, door.ErrRefused) {
		t.Errorf("the old passkey: %v, want it refused", err)
	}
	if _, err := s.Who(t.Context(), s.BobKey); !errors.Is(err, officials.ErrUnknown) {
		t.Errorf("the old personal key: %v, want it unknown", err)
	}
	if w := bob.Get("/console/you"); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Error("the old session is alive")
	}
	if _, err := s.Door.Enter(t.Context(), visitor, link); err != nil || o.ID != "bob" {
		t.Errorf("the link of %s: %v, want that it lets bob in", o.ID, err)
	}
}

func confirm(s *consoletest.Site, a officials.Actor, id string) error {
	_, _, err := s.Door.Recover(s.T.Context(), a, id)
	return err
}

// promise 4: where somebody has a passkey, a key from a file approves nothing that is live.
func TestALiveApprovalNeedsThePasskeyOfWhoHasOne(t *testing.T) {
	s := consoletest.New(t)
	submitted := func(mode string) desk.Draft {
		t.Helper()
		decl, err := s.Read(t.Context(), s.Ada, []byte(`{"kind": "alert", "mode": "`+mode+`", "began": "11:49", "next_update": "13:30",
			"conditions": [{"area": "CT/West Hartford", "voice": "down", "text": "working"}]}`))
		s.OK(err)
		d, err := s.Declare(t.Context(), s.Ada, "", decl)
		s.OK(err)
		d, err = s.Submit(t.Context(), s.Ada, d.ID)
		s.OK(err)
		return d
	}
	approve := func(a officials.Actor, mode string) error {
		t.Helper()
		d := submitted(mode)
		_, err := s.Approve(t.Context(), a, d.ID, desk.Word{Code: d.Code})
		return err
	}
	id := s.Issue("", webtest.Alert) // by bob's key: he has no passkey yet
	bob := s.SignIn(s.Bob).Actor
	if err := approve(bob, "live"); !errors.Is(err, desk.ErrDenied) || !strings.Contains(err.Error(), "/console/live/drafts/") {
		t.Errorf("without a touch: %v, want it denied, with where to approve", err)
	}
	s.OK(approve(bob, "drill"))
	bob.Touched = true
	s.OK(approve(bob, "live"))
	bob.Touched = false
	if _, err := s.Retract(t.Context(), bob, id, "wrong area"); err != nil {
		t.Errorf("a retraction without a touch: %v, want none needed", err)
	}
}

func TestWhoLeftGetsInNoMore(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	link, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	left := *s.Ada.Official
	left.Roles = nil
	s.OK(s.Store.SaveOfficial(t.Context(), left, officials.Entry{}))
	if w := ada.Get("/console/"); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Error("their session is alive")
	}
	if _, err := s.Door.SignIn(t.Context(), visitor, signInAnswer(s, ada)); !errors.Is(err, door.ErrRefused) {
		t.Errorf("by passkey: %v, want it refused", err)
	}
	if _, err := s.Door.Enter(t.Context(), visitor, link); !errors.Is(err, door.ErrRefused) {
		t.Errorf("by a link: %v, want it refused", err)
	}
}
