package outages_test

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
	. "callbox/outages"
)

var agency = Speaker{ID: "ct", Name: "Connecticut 911", Zone: "America/New_York", Jurisdiction: []areas.ID{"09"}}

func outage(mode Mode, policy Policy) Outage {
	return Outage{ID: "o-1", Agency: agency.ID, Speaker: agency, Mode: mode, Policy: policy}
}

// drafted resolves a declaration for an outage, as submitting does.
func drafted(t testing.TB, o Outage, d Declaration, now time.Time) Draft {
	t.Helper()
	d.Mode = o.Mode
	f, findings := Resolve(o, d, connecticut(t), now)
	if findings.Blocked() {
		t.Fatalf("got %v, want a draft that may be submitted", findings)
	}
	seq := 1
	if n := len(o.Bulletins); n > 0 {
		seq = o.Bulletins[n-1].Seq + 1
	}
	return Draft{Outage: o.ID, Seq: seq, Declaration: d, Facts: f, Editors: []string{"ann", "bob"}, Submitter: "ann", Hash: "abc"}
}

func alert(now time.Time, cs ...Condition) Declaration {
	return Declaration{Kind: Alert, Began: now.Add(-30 * time.Minute), NextUpdate: now.Add(time.Hour), Conditions: cs}
}

func update(now time.Time, cs ...Condition) Declaration {
	return Declaration{Kind: Update, NextUpdate: now.Add(time.Hour), Conditions: cs}
}

// issued adds the next bulletin to an outage.
func issued(t testing.TB, o Outage, d Declaration, now time.Time) Outage {
	t.Helper()
	b, err := o.Issue(drafted(t, o, d, now), Approval{By: "eve", Hash: "abc"}, now)
	if err != nil {
		t.Fatal(err)
	}
	o.Bulletins = append(o.Bulletins[:len(o.Bulletins):len(o.Bulletins)], b)
	return o
}

var westportDown = Condition{Area: "x-wp", Service: Voice, State: Down}

func TestBulletinsFollowEachOtherInOrder(t *testing.T) {
	now := noon(t)
	fresh := outage(Live, Policy{TwoPeople: true})
	open := issued(t, fresh, alert(now, westportDown), now)
	later := now.Add(time.Hour)
	closed := issued(t, open, Declaration{Kind: AllClear}, later)
	for _, c := range []struct {
		name string
		o    Outage
		kind Kind
		want error
	}{
		{"an alert comes first", fresh, Alert, nil},
		{"an update needs an alert", fresh, Update, ErrConflict},
		{"an all-clear needs an alert", fresh, AllClear, ErrConflict},
		{"a retraction needs an alert", fresh, Retract, ErrConflict},
		{"an open outage has no second alert", open, Alert, ErrConflict},
		{"an update follows", open, Update, nil},
		{"an all-clear follows", open, AllClear, nil},
		{"a retraction follows", open, Retract, nil},
		{"nothing follows an end", closed, Update, ErrConflict},
		{"not even an alert", closed, Alert, ErrConflict},
		{"nobody issues a renewal", open, Renewal, ErrConflict},
		{"or what is no kind", open, "warning", ErrBlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := drafted(t, fresh, alert(now, westportDown), now)
			d.Declaration.Kind, d.Seq = c.kind, len(c.o.Bulletins)+1
			_, err := c.o.Issue(d, Approval{By: "eve", Hash: "abc"}, later)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Promise 4.
func TestALiveBulletinNeedsASecondPersonWhoApprovesItsHash(t *testing.T) {
	now := noon(t)
	two, one, glass := Policy{TwoPeople: true}, Policy{}, Policy{TwoPeople: true, BreakGlass: true}
	for _, c := range []struct {
		name     string
		mode     Mode
		policy   Policy
		approval Approval
		want     error
	}{
		{"a third official approves", Live, two, Approval{By: "eve", Hash: "abc"}, nil},
		{"the submitter does not", Live, two, Approval{By: "ann", Hash: "abc"}, ErrSecondPerson},
		{"nor an editor", Live, two, Approval{By: "bob", Hash: "abc"}, ErrSecondPerson},
		{"nor nobody", Live, two, Approval{Hash: "abc"}, ErrSecondPerson},
		{"not another hash", Live, two, Approval{By: "eve", Hash: "abd"}, ErrSecondPerson},
		{"not an empty hash", Live, two, Approval{By: "eve"}, ErrSecondPerson},
		{"a test reaches people too", Test, two, Approval{By: "ann", Hash: "abc"}, ErrSecondPerson},
		{"a drill needs one person", Drill, two, Approval{By: "ann", Hash: "abc"}, nil},
		{"a policy may ask for one", Live, one, Approval{By: "ann", Hash: "abc"}, nil},
		{"nobody breaks glass that is not there", Live, two, Approval{By: "ann", Hash: "abc", BreakGlass: true, Reason: "alone"}, ErrSecondPerson},
		{"breaking glass needs a reason", Live, glass, Approval{By: "ann", Hash: "abc", BreakGlass: true, Reason: " "}, ErrSecondPerson},
		{"and then one person sends", Live, glass, Approval{By: "ann", Hash: "abc", BreakGlass: true, Reason: "alone at night"}, nil},
		{"but not another hash", Live, glass, Approval{By: "ann", Hash: "x", BreakGlass: true, Reason: "alone"}, ErrSecondPerson},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := outage(c.mode, c.policy)
			_, err := o.Issue(drafted(t, o, alert(now, westportDown), now), c.approval, now)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestARetractionNeedsOnePerson(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{TwoPeople: true}), alert(now, westportDown), now)
	d := drafted(t, o, Declaration{Kind: Retract, Reason: SentInError}, now)
	if _, err := o.Issue(d, Approval{By: "ann", Hash: "abc"}, now); err != nil {
		t.Errorf("got %v, want it issued", err)
	}
}

func TestIssueStopsWhatTheDraftMustNotBe(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now, westportDown), now)
	for _, c := range []struct {
		name   string
		change func(*Draft)
		want   error
	}{
		{"another mode (promise 3)", func(d *Draft) { d.Declaration.Mode = Drill }, ErrBlocked},
		{"no area (promise 1)", func(d *Draft) { d.Facts.Advice = nil }, ErrBlocked},
		{"a foreign area (promise 1)", func(d *Draft) { d.Declaration.Conditions = []Condition{{Area: "25", Service: Voice, State: Down}} }, ErrBlocked},
		{"another agency", func(d *Draft) { d.Facts.Speaker.ID = "ma" }, ErrBlocked},
		{"who waits for the end is left out (promise 6)", func(d *Draft) { d.Facts.Advice[0].Area.ID = "x-ff" }, ErrBlocked},
		{"another outage", func(d *Draft) { d.Outage = "o-2" }, ErrConflict},
		{"the outage moved on", func(d *Draft) { d.Seq = 1 }, ErrConflict},
		{"not submitted", func(d *Draft) { d.Submitter = "" }, ErrSecondPerson},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := drafted(t, o, update(now), now)
			c.change(&d)
			if _, err := o.Issue(d, Approval{By: "eve", Hash: d.Hash}, now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestABulletinIsTimedInWholeSecondsAndExpires(t *testing.T) {
	now := noon(t).Add(700 * time.Millisecond)
	for _, c := range []struct {
		name string
		next time.Duration
		want time.Duration
	}{
		{"four hours", time.Hour, Lifetime},
		{"an hour past a late promise", 6 * time.Hour, 7 * time.Hour},
		{"a day at most", 24 * time.Hour, LifetimeMax},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := alert(now, westportDown)
			a.NextUpdate = now.Truncate(time.Second).Add(c.next)
			b := issued(t, outage(Live, Policy{}), a, now).Bulletins[0]
			if b.Issued.Nanosecond() != 0 || b.Issued.Location() != time.UTC {
				t.Errorf("got issued %v, want whole seconds UTC", b.Issued)
			}
			if got := b.Expires.Sub(b.Issued); got != c.want {
				t.Errorf("got a life of %v, want %v", got, c.want)
			}
		})
	}
}

func TestARenewalRepeatsTheLastWordUntilTheUpdateIsLongOverdue(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{TwoPeople: true}), alert(now, westportDown), now)
	soon := now.Add(2 * time.Hour)
	b, err := o.Renew(soon)
	if err != nil {
		t.Fatal(err)
	}
	if b.Seq != 2 || b.Kind != Renewal || !b.Issued.Equal(soon) || b.Approval.By != "eve" {
		t.Errorf("got %+v, want renewal 2 at %v under the approval of eve", b, soon)
	}
	o.Bulletins = append(o.Bulletins, b)
	if got := o.Heard()["x-wp"]; got.Last != 1 || !got.Open {
		t.Errorf("got %+v, want residents to have heard bulletin 1 only", got)
	}
	if _, err := o.Renew(now.Add(3*time.Hour + time.Minute)); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want no renewal two hours after the promised update", err)
	}
	o = issued(t, o, Declaration{Kind: AllClear}, soon)
	if o.Bulletins[2].Seq != 3 || o.Open() {
		t.Errorf("got seq %d, open %v, want the all-clear as 3 and the outage closed", o.Bulletins[2].Seq, o.Open())
	}
	if _, err := o.Renew(soon); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want no renewal after the end", err)
	}
}

func TestACodeIsReadBackWithoutDoubt(t *testing.T) {
	a, err := Digest(Declaration{Kind: Alert}, "text")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Digest(Declaration{Kind: Alert}, "texts")
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != 64 || a == b {
		t.Errorf("got digests %q and %q, want two of 64 digits", a, b)
	}
	if got, want := Code("000102030405"+a[12:]), "AB-CD-EF"; got != want {
		t.Errorf("got code %q, want %q", got, want)
	}
	if got := Code("not a digest"); got != "" {
		t.Errorf("got code %q, want none", got)
	}
}
