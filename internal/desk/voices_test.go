package desk

import (
	"context"
	"slices"
	"testing"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// Promise 15: what an outlet is shown to get, and what its rules are asked about, is in its own languages.
func TestAnOutletIsJudgedAndShownInItsOwnLanguages(t *testing.T) {
	r := newRoom(t)
	r.Channels[channels.Discord] = mailbox{}
	for _, o := range []struct {
		to    string
		langs []string
	}{{"one", []string{"es"}}, {"two", []string{"es", "en"}}} {
		r.ok(r.Outlet(r.ctx, r.ada, subscribers.Outlet{Name: o.to, List: subscribers.Live, Langs: o.langs, Areas: []areas.ID{"09"}},
			channels.Discord, subscribers.NewDestination(o.to)))
	}
	var judged [][]templates.Lang
	r.Checks = []func(context.Context, channels.Message) ([]outages.Finding, error){
		func(_ context.Context, m channels.Message) ([]outages.Finding, error) {
			var langs []templates.Lang
			for _, text := range m.Texts {
				langs = append(langs, text.Lang)
			}
			judged = append(judged, langs)
			return nil, nil
		}}
	r.submitted("", alertFile)
	for _, want := range [][]templates.Lang{{"es"}, {"es", "en"}} {
		if !slices.ContainsFunc(judged, func(got []templates.Lang) bool { return slices.Equal(got, want) }) {
			t.Errorf("the rules were asked about %v, want %v among them", judged, want)
		}
	}
	if slices.ContainsFunc(judged, func(got []templates.Lang) bool { return slices.Equal(got, []templates.Lang{"en", "es"}) }) {
		t.Errorf("the rules were asked about an order that no outlet has: %v", judged)
	}
}
