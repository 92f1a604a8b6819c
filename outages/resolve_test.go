package outages_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callbox/areas"
	. "callbox/outages"
)

// advice returns what a draft says to an area, and whether it speaks to it.
func advice(f Facts, id areas.ID) (Advice, bool) {
	i := slices.IndexFunc(f.Advice, func(a Advice) bool { return a.Area.ID == id })
	if i < 0 {
		return Advice{}, false
	}
	return f.Advice[i], true
}

func tels(list []areas.Number) []areas.Tel {
	var out []areas.Tel
	for _, n := range list {
		out = append(out, n.Tel)
	}
	return out
}

func ways(list []areas.Way) []areas.WayKind {
	var out []areas.WayKind
	for _, w := range list {
		out = append(out, w.Kind)
	}
	return out
}

// Promise 2.
func TestAStruckNumberIsNotUsableAndTheNextHolderServes(t *testing.T) {
	now := noon(t)
	down := func(id areas.ID) Condition { return Condition{Area: id, Service: Voice, State: Down} }
	for _, c := range []struct {
		name   string
		area   areas.ID
		change func(*Declaration)
		want   []areas.Tel
		why    string
	}{
		{"nothing is struck", "x-wh", nil, []areas.Tel{"+18605550101", "+18605550102"}, ""},
		{"its carrier failed", "x-wh", func(d *Declaration) { d.FailedCarriers = []string{"at&t"} }, []areas.Tel{"+18605550102"}, "rides on AT&T"},
		{"its carrier is down for everybody", "x-wh", func(d *Declaration) { d.Conditions[0].Hit = Hit{Carriers: []string{"AT&T"}} },
			[]areas.Tel{"+18605550102"}, "which is down"},
		{"another carrier is down", "x-wh", func(d *Declaration) { d.Conditions[0].Hit = Hit{Carriers: []string{"Verizon"}} },
			[]areas.Tel{"+18605550101", "+18605550102"}, ""},
		{"its carrier's mobiles are down", "x-wh", func(d *Declaration) {
			d.Conditions[0].Hit = Hit{Carriers: []string{"AT&T"}, Lines: []Line{Wireless}}
		}, []areas.Tel{"+18605550101", "+18605550102"}, ""},
		{"nobody answers it", "x-wh", func(d *Declaration) { d.NotAnswering = []areas.Tel{"+18605550102"} }, []areas.Tel{"+18605550101"}, "not to be answered"},
		{"the district serves the needs left open", "x-no", nil, []areas.Tel{"+18605550108", "+18605550112"}, ""},
		{"routine lines are down, and the district serves", "x-no", func(d *Declaration) {
			d.Conditions = append(d.Conditions, Condition{Area: "x-no", Service: Admin, State: Down})
		}, []areas.Tel{"+18605550112"}, "routine line"},
		{"a declared number comes first and is enough", "x-no", func(d *Declaration) {
			d.Numbers = []areas.Number{{Area: "x-no", For: areas.All, Tel: "+18605550106", Temporary: true}}
		}, []areas.Tel{"+18605550106"}, ""},
		{"a number of another area is not used", "x-wp", func(d *Declaration) {
			d.Numbers = []areas.Number{{Area: "x-no", For: areas.All, Tel: "+18605550106", Temporary: true}}
		}, []areas.Tel{"+12035550103"}, ""},
		{"a number of the whole state is", "x-wp", func(d *Declaration) {
			d.Numbers = []areas.Number{{Area: "09", For: areas.Medical, Tel: "+18605550199", Temporary: true}}
		}, []areas.Tel{"+18605550199", "+12035550103"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := alert(now, down(c.area))
			if c.change != nil {
				c.change(&d)
			}
			f, _ := Resolve(outage(Live, Policy{}), withMode(d), connecticut(t), now)
			a, _ := advice(f, c.area)
			if got := tels(a.Numbers); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			struck := len(a.Struck) == 1 && strings.Contains(a.Struck[0].Why, c.why)
			if (c.why == "") != (len(a.Struck) == 0) || c.why != "" && !struck {
				t.Errorf("got struck %v, want one because %q", a.Struck, c.why)
			}
		})
	}
}

func withMode(d Declaration) Declaration {
	d.Mode = Live
	return d
}

// Promise 2: never 911 for the dead line type.
func TestWaysFollowFromWhoIsHit(t *testing.T) {
	now := noon(t)
	hit := func(hits ...Hit) []Condition {
		var out []Condition
		for _, h := range hits {
			out = append(out, Condition{Area: "x-wp", Service: Voice, State: Down, Hit: h})
		}
		return out
	}
	texts := func(s State) Condition { return Condition{Area: "x-wp", Service: Text, State: s} }
	lines := func(l ...Line) Hit { return Hit{Lines: l} }
	for _, c := range []struct {
		name string
		cs   []Condition
		want []areas.WayKind
	}{
		{"everybody", hit(Hit{}), nil},
		{"landlines", hit(lines(Landline)), []areas.WayKind{areas.Mobile}},
		{"landlines and cable", hit(lines(Landline, VoIP)), []areas.WayKind{areas.Mobile}},
		{"mobiles", hit(lines(Wireless)), []areas.WayKind{areas.LandlineCall}},
		{"landlines and mobiles", hit(lines(Landline), lines(Wireless)), []areas.WayKind{areas.VoIPCall}},
		{"cable", hit(lines(VoIP)), []areas.WayKind{areas.Mobile, areas.LandlineCall}},
		{"a carrier", hit(Hit{Carriers: []string{"A"}}), []areas.WayKind{areas.LandlineCall, areas.OtherCarrier}},
		{"landlines, and a carrier", hit(lines(Landline), Hit{Carriers: []string{"A"}}), []areas.WayKind{areas.OtherCarrier}},
		{"the mobiles of a carrier", hit(Hit{Lines: []Line{Wireless}, Carriers: []string{"A"}}), []areas.WayKind{areas.LandlineCall, areas.OtherCarrier}},
		{"all carriers but one", hit(Hit{Lines: []Line{Wireless}, Carriers: []string{"A"}, Except: true}), []areas.WayKind{areas.LandlineCall, areas.OtherCarrier}},
		{"all but one, on every line", hit(Hit{Carriers: []string{"A"}, Except: true}), []areas.WayKind{areas.OtherCarrier}},
		{"all but one, and that one too", hit(Hit{Carriers: []string{"A"}, Except: true}, Hit{Carriers: []string{"a"}}), nil},
		{"everybody, texts work", append(hit(Hit{}), texts(Working)), []areas.WayKind{areas.TextTo911}},
		{"everybody, texts sometimes", append(hit(Hit{}), texts(Intermittent)), nil},
		{"landlines, texts down", append(hit(lines(Landline)), texts(Down)), []areas.WayKind{areas.Mobile}},
		{"landlines down, mobiles now and then", []Condition{
			{Area: "x-wp", Service: Voice, State: Down, Hit: lines(Landline)},
			{Area: "x-wp", Service: Voice, State: Intermittent, Hit: lines(Wireless)},
		}, []areas.WayKind{areas.VoIPCall}},
		{"calls that are only slow are not lost", []Condition{{Area: "x-wp", Service: Voice, State: Delayed}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := Resolve(outage(Live, Policy{}), withMode(alert(now, c.cs...)), connecticut(t), now)
			a, _ := advice(f, "x-wp")
			if got := ways(a.Ways); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestANumberIsPrintedOnlyWhere911DoesNotAnswer(t *testing.T) {
	now := noon(t)
	for _, c := range []struct {
		state State
		want  []areas.Tel
	}{
		{Working, nil}, {Down, []areas.Tel{"+12035550103"}}, {Intermittent, []areas.Tel{"+12035550103"}},
		{Delayed, []areas.Tel{"+12035550103"}}, {Restored, nil}, {Watched, []areas.Tel{"+12035550103"}},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			f, _ := Resolve(outage(Live, Policy{}), withMode(alert(now, Condition{Area: "x-wp", Service: Voice, State: c.state})), connecticut(t), now)
			a, ok := advice(f, "x-wp")
			if got := tels(a.Numbers); !ok || !slices.Equal(got, c.want) {
				t.Errorf("got %v, spoken to %v, want %v", got, ok, c.want)
			}
		})
	}
}

func TestAnAreaWithoutNumberOrWayBlocksUntilItIsAcknowledged(t *testing.T) {
	now := noon(t)
	d := withMode(alert(now, Condition{Area: "09", Service: Voice, State: Down}))
	_, findings := Resolve(outage(Live, Policy{}), d, connecticut(t), now)
	f := find(findings, "no-number")
	if !f.Block || strings.Contains(f.Text, "Westport") {
		t.Errorf("got %+v, want it blocked for the areas without a number, not for Westport", f)
	}
	d = withMode(alert(now, Condition{Area: "x-ff", Service: Voice, State: Down}))
	facts, findings := Resolve(outage(Live, Policy{}), d, connecticut(t), now)
	a, _ := advice(facts, "x-ff")
	if findings.Blocked() || !slices.Equal(ways(a.Ways), []areas.WayKind{areas.FireBox}) {
		t.Errorf("got %v and %v, want the fire box to be enough", findings, a.Ways)
	}
	d = withMode(alert(now, Condition{Area: "09110", Service: Voice, State: Down}))
	d.NoNumber = []areas.ID{"09110"}
	facts, findings = Resolve(outage(Live, Policy{}), d, connecticut(t), now)
	a, _ = advice(facts, "09110")
	if findings.Blocked() || !slices.Equal(ways(a.Ways), []areas.WayKind{areas.Station}) {
		t.Errorf("got %v and %v, want the nearest station for an acknowledged area", findings, a.Ways)
	}
}

func find(list Findings, rule string) Finding {
	for _, f := range list {
		if f.Rule == rule {
			return f
		}
	}
	return Finding{}
}

// Promise 1.
func TestForeignAndUnknownAreasStop(t *testing.T) {
	now := noon(t)
	for rule, id := range map[string]areas.ID{"foreign-area": "25", "unknown-area": "x-nowhere", "no-area": ""} {
		d := withMode(alert(now, Condition{Area: id, Service: Voice, State: Down}))
		facts, findings := Resolve(outage(Live, Policy{}), d, connecticut(t), now)
		if f := find(findings, rule); !f.Block || f.Place != "conditions[0].area" || len(facts.Advice) > 0 {
			t.Errorf("area %q: got %v and %d areas, want %s and nobody told", id, findings, len(facts.Advice), rule)
		}
	}
}

// Promise 6: nobody is in two groups, and what is not mentioned keeps its state.
func TestAnUpdateSpeaksToAllWhoWaitAndToNobodyElse(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now, westportDown,
		Condition{Area: "x-ff", Service: Voice, State: Down}, Condition{Area: "x-wh", Service: Voice, State: Down, Hit: Hit{Lines: []Line{Landline}}}), now)
	later := now.Add(time.Hour)
	u := update(later, Condition{Area: "x-wp", Service: Voice, State: Restored, Since: later},
		Condition{Area: "x-wh", Service: Voice, State: Intermittent}, Condition{Area: "x-no", Service: Voice, State: Down})
	o = issued(t, o, u, later)
	got := map[areas.ID]Change{}
	for _, a := range o.Bulletins[1].Facts.Advice {
		got[a.Area.ID] = a.Change
	}
	want := map[areas.ID]Change{"x-wp": Ended, "x-ff": Unchanged, "x-wh": Changed, "x-no": New}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes differ (-want +got):\n%s", diff)
	}
	if got, want := o.Affected(), []areas.ID{"x-ff", "x-no", "x-wh"}; !slices.Equal(got, want) {
		t.Errorf("got affected %v, want %v", got, want)
	}

	end := later.Add(time.Hour)
	o = issued(t, o, Declaration{Kind: AllClear, Restored: end}, end)
	var told []areas.ID
	for _, a := range o.Bulletins[2].Facts.Advice {
		told = append(told, a.Area.ID)
		if a.Change != Ended || a.Open() || len(a.Numbers) > 0 {
			t.Errorf("%s: got %+v, want its end without numbers", a.Area.Name, a)
		}
	}
	if want := []areas.ID{"x-ff", "x-no", "x-wh"}; !slices.Equal(told, want) {
		t.Errorf("got the end told to %v, want %v: Westport heard it before", told, want)
	}
	heard := o.Heard()["x-wp"]
	if heard != (Hearing{First: 1, Last: 2, Ended: 2}) {
		t.Errorf("got %+v, want Westport told in 1 and released in 2", heard)
	}
}

func TestANewStatementReplacesAllFormerOnesOfItsAreaAndService(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now,
		Condition{Area: "x-wp", Service: Voice, State: Down, Hit: Hit{Lines: []Line{Landline}}},
		Condition{Area: "x-wp", Service: Voice, State: Down, Hit: Hit{Carriers: []string{"A"}}},
		Condition{Area: "x-wp", Service: Text, State: Working}), now)
	o = issued(t, o, update(now, Condition{Area: "x-wp", Service: Voice, State: Intermittent}), now)
	want := []Condition{{Area: "x-wp", Service: Text, State: Working}, {Area: "x-wp", Service: Voice, State: Intermittent}}
	if diff := cmp.Diff(want, o.Standing()); diff != "" {
		t.Errorf("standing conditions differ (-want +got):\n%s", diff)
	}
}

func TestAnAreaThatFailsAgainIsNew(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now, westportDown, Condition{Area: "x-ff", Service: Voice, State: Down}), now)
	o = issued(t, o, update(now, Condition{Area: "x-wp", Service: Voice, State: Restored}), now)
	o = issued(t, o, update(now), now)
	if _, ok := advice(o.Bulletins[2].Facts, "x-wp"); ok {
		t.Error("got Westport spoken to after its end, want silence")
	}
	o = issued(t, o, update(now, westportDown), now)
	if a, _ := advice(o.Bulletins[3].Facts, "x-wp"); a.Change != New {
		t.Errorf("got %q, want it new", a.Change)
	}
}

func TestTheNearestDeclaredAreaWins(t *testing.T) {
	now := noon(t)
	d := withMode(alert(now, Condition{Area: "09", Service: Voice, State: Down},
		Condition{Area: "x-wp", Service: Voice, State: Intermittent}, Condition{Area: "09", Service: Text, State: Working}))
	f, _ := Resolve(outage(Live, Policy{}), d, connecticut(t), now)
	a, _ := advice(f, "x-wp")
	want := []Condition{{Area: "x-wp", Service: Voice, State: Intermittent}, {Area: "09", Service: Text, State: Working}}
	if diff := cmp.Diff(want, a.Standing); diff != "" {
		t.Errorf("what holds in Westport differs (-want +got):\n%s", diff)
	}
}

// Promise 10.
func TestOnlyConfirmedAreasAreToldAndNamedAsWhole(t *testing.T) {
	now := noon(t)
	whole := func(f Facts, id areas.ID) bool {
		return slices.ContainsFunc(f.Whole, func(a areas.Area) bool { return a.ID == id })
	}
	suspected := []Condition{{Area: "09", Service: Voice, State: Down, Confidence: Suspected}, westportDown}
	f, findings := Resolve(outage(Live, Policy{}), withMode(alert(now, suspected...)), connecticut(t), now)
	if len(f.Advice) != 1 || f.Advice[0].Area.ID != "x-wp" || whole(f, "09") || !whole(f, "x-wp") {
		t.Errorf("got %d areas told, whole %v, want Westport alone", len(f.Advice), f.Whole)
	}
	if got := find(findings, "suspected").Text; !strings.Contains(got, `"statewide" covers`) {
		t.Errorf("got %q, want the official warned of statewide", got)
	}
	d := withMode(alert(now, suspected...))
	d.AlertSuspected = true
	if f, _ := Resolve(outage(Live, Policy{}), d, connecticut(t), now); len(f.Advice) < 5 || whole(f, "09") {
		t.Errorf("got %d areas told, whole %v, want all told and the state not whole", len(f.Advice), f.Whole)
	}
	d = withMode(alert(now, Condition{Area: "09", Service: Voice, State: Down}))
	if f, _ := Resolve(outage(Live, Policy{}), d, connecticut(t), now); !whole(f, "09") {
		t.Errorf("got whole %v, want the state", f.Whole)
	}
	d.Conditions = append(d.Conditions, Condition{Area: "x-wp", Service: Voice, State: Working})
	if f, _ := Resolve(outage(Live, Policy{}), d, connecticut(t), now); whole(f, "09") {
		t.Errorf("got whole %v, want no state while a town in it works", f.Whole)
	}
}

func TestFreeWordsDoNotOverclaim(t *testing.T) {
	now := noon(t)
	for text, rule := range map[string]string{
		"911 is down nationwide":      "nationwide",
		"falla en todo el país":       "nationwide",
		"a statewide failure":         "statewide",
		"the entire state is without": "statewide",
		"a cut cable\u202e":           "control",
		"a cyberattack":               "cyberattack",
		"see https://example.org":     "link",
		"see www.example.org":         "link",
		"a cut cable":                 "untranslated",
	} {
		d := withMode(alert(now, westportDown))
		d.Cause = &Cause{Text: text, StatedBy: "the carrier"}
		if _, findings := Resolve(outage(Live, Policy{}), d, connecticut(t), now); find(findings, rule).Place != "cause.text" {
			t.Errorf("%q: got %v, want %s", text, findings, rule)
		}
	}
}

func withNumber(d Declaration, n areas.Number) Declaration {
	d.Numbers = append(d.Numbers, n)
	return d
}

func TestOfficialsAreToldWhatIsDoubtful(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now, westportDown, Condition{Area: "x-ff", Service: Voice, State: Down}), now)
	for _, c := range []struct {
		rule string
		d    Declaration
		says string
	}{
		{"unconfirmed", update(now), "Westport"},
		{"text-unknown", update(now), "Fairfield, Westport"},
		{"no-number-known", update(now), "Fairfield"},
		{"part", update(now, Condition{Area: "09", Service: Voice, State: Restored}), "Westport keeps"},
		{"unread", update(now, Condition{Area: "x-lcd", Service: Voice, State: Down}), "Litchfield"},
		{"kind", alert(now, westportDown), "issue an update"},
		{"other-state", withNumber(update(now), areas.Number{Area: "x-wp", For: areas.Fire, Tel: "+16175550103"}), "617-555-0103 is of MA, and Westport lies in CT"},
		{"number-elsewhere", withNumber(update(now), areas.Number{Area: "x-be", For: areas.Fire, Tel: "+12035550104"}), "Berlin is not part of this"},
		{"unknown-area", withNumber(update(now), areas.Number{Area: "x-zz", For: areas.Fire, Tel: "+12035550104"}), `area "x-zz" is not known`},
		{"same-carrier", withNumber(withNumber(Declaration{Kind: Update, NextUpdate: now.Add(time.Hour), NotAnswering: []areas.Tel{"+12035550103"}}, areas.Number{Area: "x-wp", For: areas.Fire, Tel: "+12035550104", Carrier: "A & B"}),
			areas.Number{Area: "x-wp", For: areas.Police, Tel: "+12035550105", Carrier: "a & b"}), "Westport: all numbers ride on A & B"},
		{"retract-number", Declaration{Kind: Retract, Reason: WrongNumber}, "911 works"},
	} {
		_, findings := Resolve(o, withMode(c.d), connecticut(t), now)
		if got := find(findings, c.rule).Text; !strings.Contains(got, c.says) {
			t.Errorf("%s: got %v, want %q", c.rule, findings, c.says)
		}
	}
}

func TestResolveLeavesItsInputAlone(t *testing.T) {
	now := noon(t)
	o := issued(t, outage(Live, Policy{}), alert(now, westportDown), now)
	before, err := Digest(o)
	if err != nil {
		t.Fatal(err)
	}
	Resolve(o, withMode(update(now, Condition{Area: "x-wp", Service: Voice, State: Restored})), connecticut(t), now)
	if after, err := Digest(o); err != nil || after != before {
		t.Errorf("got the outage changed (%v), want it as it was", err)
	}
}
