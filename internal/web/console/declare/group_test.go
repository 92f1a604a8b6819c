package declare

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"callbox/areas"
	"callbox/outages"
)

var since = time.Date(2024, 10, 22, 15, 49, 0, 0, time.UTC)

func calls(landline, voip, wireless outages.State) map[outages.Line]Calls {
	return map[outages.Line]Calls{outages.Landline: {State: landline}, outages.VoIP: {State: voip}, outages.Wireless: {State: wireless}}
}

func TestAMatrixIsReadAsConditions(t *testing.T) {
	voice := func(s outages.State, h outages.Hit) outages.Condition {
		return outages.Condition{Area: "x-a", Service: outages.Voice, State: s, Hit: h}
	}
	for _, c := range []struct {
		name  string
		group Group
		want  []outages.Condition
	}{
		{"nothing is said", Group{}, nil},
		{"all calls fail", Group{Calls: calls("down", "down", "down")}, []outages.Condition{voice("down", outages.Hit{})}},
		{"landlines fail and the others work", Group{Calls: calls("down", "working", "working")},
			[]outages.Condition{voice("down", outages.Hit{Lines: []outages.Line{"landline"}})}},
		{"landlines fail and of mobile phones nothing is known", Group{Calls: calls("down", "working", "")},
			[]outages.Condition{voice("down", outages.Hit{Lines: []outages.Line{"landline"}}), voice("intermittent", outages.Hit{Lines: []outages.Line{"wireless"}})}},
		{"all calls work and texts fail", Group{Calls: calls("working", "working", "working"), Others: map[outages.Service]outages.State{"text": "down"}},
			[]outages.Condition{voice("working", outages.Hit{}), {Area: "x-a", Service: "text", State: "down"}}},
		{"texts fail and of calls nothing is known", Group{Others: map[outages.Service]outages.State{"text": "down"}},
			[]outages.Condition{{Area: "x-a", Service: "text", State: "down"}}},
		{"one carrier's mobile phones fail", Group{Calls: map[outages.Line]Calls{"landline": {State: "working"}, "voip": {State: "working"},
			"wireless": {State: "down", Carriers: []string{"Verizon"}}}},
			[]outages.Condition{voice("down", outages.Hit{Lines: []outages.Line{"wireless"}, Carriers: []string{"Verizon"}})}},
	} {
		c.group.Areas = []areas.ID{"x-a"}
		if got := Conditions([]Group{c.group}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestAreasWithTheSameConditionsAreOneGroup(t *testing.T) {
	down := outages.Condition{Service: outages.Voice, State: outages.Down, Since: since}
	admin := outages.Condition{Service: outages.Admin, State: outages.Down}
	in := func(id areas.ID, c outages.Condition) outages.Condition { c.Area = id; return c }
	got := Groups([]outages.Condition{in("x-b", down), in("x-a", admin), in("x-c", down)})
	if len(got) != 2 || !slices.Equal(got[0].Areas, []areas.ID{"x-b", "x-c"}) || !slices.Equal(got[1].Areas, []areas.ID{"x-a"}) {
		t.Fatalf("groups %+v, want b and c, then a", got)
	}
	if got[0].Calls[outages.VoIP].State != outages.Down || !got[0].Since.Equal(since) || got[1].Others[outages.Admin] != outages.Down {
		t.Errorf("cells %+v", got)
	}
	if got := Groups([]outages.Condition{down}); len(got) != 1 || len(got[0].Areas) != 0 {
		t.Errorf("without an area: %+v, want one group of none", got)
	}
}

func TestWhatTheMatrixHasNoCellForIsKept(t *testing.T) {
	cs := []outages.Condition{
		{Area: "x-a", Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Lines: []outages.Line{outages.Landline}}},
		{Area: "x-a", Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Carriers: []string{"Verizon"}}},
	}
	g := Groups(cs)
	if len(g) != 1 || len(g[0].Kept) != 1 || g[0].Calls[outages.Landline].State != outages.Down || g[0].Calls[outages.Wireless].State != outages.Working {
		t.Errorf("group %+v, want landlines in the matrix and Verizon's phones kept", g)
	}
	if got := Conditions(g); !sameConditions(got, cs) {
		t.Errorf("read back %+v, want %+v", got, cs)
	}
}

// Whatever an official, a carrier's notice or a file declares survives a visit to the form.
func TestTheFormChangesNoCondition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for n := range 2000 {
		var cs []outages.Condition
		for range r.IntN(6) {
			c := outages.Condition{Area: areas.ID(pick("x-a", "x-b")), Service: services[r.IntN(4)],
				State:      outages.State(pick("working", "down", "intermittent", "delayed", "rerouted", "restored", "watched")),
				Confidence: outages.Confidence(pick("", "", "suspected"))}
			if r.IntN(3) == 0 {
				c.Since = since
			}
			if c.Service == outages.Voice && r.IntN(2) == 0 {
				c.Hit.Lines = []outages.Line{lines[r.IntN(3)]}
				if r.IntN(2) == 0 {
					c.Hit.Carriers, c.Hit.Except = []string{pick("Verizon", "AT&T")}, r.IntN(2) == 0
				}
				c.Symptom = outages.Symptom(pick("", "fast-busy"))
			}
			cs = append(cs, c)
		}
		if got := Conditions(Groups(cs)); !sameConditions(got, cs) {
			t.Fatalf("case %d:\n got %+v\nwant %+v", n, got, cs)
		}
	}
}
