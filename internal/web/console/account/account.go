// Package account tells officials in plain lines what a draft states, and in what two drafts differ.
//
// Its words are for officials. What residents read stands in the wordings.
package account

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// Line is one thing that a draft states.
type Line struct {
	Field string `json:"field"` // "Next update", or the name of an area
	Text  string `json:"text"`
}

// Of returns what a draft states: its kind and times, then each area with its conditions, numbers and ways.
// The facts are those that the draft was resolved to.
func Of(d outages.Draft, now time.Time) []Line {
	zone, err := time.LoadLocation(d.Facts.Speaker.Zone)
	if err != nil {
		zone = time.UTC
	}
	clock := func(t time.Time) string { return Clock(t, now, zone) }
	x := d.Declaration
	var out []Line
	add := func(field, text string) {
		if text != "" {
			out = append(out, Line{field, text})
		}
	}
	add("Kind", string(x.Kind))
	add("Began", clock(d.Facts.Began))
	add("Works again since", clock(x.Restored))
	add("Next update", clock(x.NextUpdate))
	add("Reason", x.Reason)
	if x.Cause != nil {
		add("Cause", x.Cause.Text+" (stated by "+x.Cause.StatedBy+")")
	}
	add("Failed carriers", strings.Join(x.FailedCarriers, ", "))
	if x.AlertSuspected {
		add("Suspected areas", "are told too")
	}
	add("Alerts elsewhere", names(d.Facts.Elsewhere))
	return append(out, Areas(d.Facts.Advice, clock)...)
}

// Areas returns what residents of each area are told, in lines named for the areas.
func Areas(list []outages.Advice, clock func(time.Time) string) []Line {
	var out []Line
	for _, a := range list {
		var parts []string
		for _, c := range a.Standing {
			parts = append(parts, Condition(c, clock))
		}
		if len(a.Standing) == 0 {
			parts = append(parts, "911 works")
		}
		for _, n := range a.Numbers {
			parts = append(parts, Number(n))
		}
		for _, w := range a.Ways {
			parts = append(parts, Way(w))
		}
		out = append(out, Line{a.Area.FullName(), strings.Join(parts, "; ")})
	}
	return out
}

// Told returns the newest advice that each area was given, by area.
func Told(o outages.Outage) []outages.Advice {
	var out []outages.Advice
	for _, b := range o.Bulletins {
		for _, a := range b.Facts.Advice {
			i, known := slices.BinarySearchFunc(out, a.Area.ID, func(x outages.Advice, id areas.ID) int { return strings.Compare(string(x.Area.ID), string(id)) })
			if known {
				out[i] = a
			} else {
				out = slices.Insert(out, i, a)
			}
		}
	}
	return out
}

// Change is a line that two accounts tell differently. What one of them lacks is empty.
type Change struct{ Field, Before, After string }

// Changes returns in what two accounts differ, in the order of the later one.
func Changes(before, after []Line) []Change {
	text := func(list []Line, field string) string {
		i := slices.IndexFunc(list, func(l Line) bool { return l.Field == field })
		if i < 0 {
			return ""
		}
		return list[i].Text
	}
	var out []Change
	for _, l := range after {
		if was := text(before, l.Field); was != l.Text {
			out = append(out, Change{l.Field, was, l.Text})
		}
	}
	for _, l := range before {
		if text(after, l.Field) == "" {
			out = append(out, Change{l.Field, l.Text, ""})
		}
	}
	return out
}

// Gather joins lines that say the same of several fields: "Westport, CT; Fairfield, CT".
func Gather(list []Line) []Line {
	var out []Line
	more := map[int]int{}
	for _, l := range list {
		i := slices.IndexFunc(out, func(o Line) bool { return o.Text == l.Text })
		if i < 0 {
			out = append(out, l)
			continue
		}
		if more[i]++; more[i] < 6 {
			out[i].Field += "; " + l.Field
		}
	}
	for i, n := range more {
		if n >= 6 {
			out[i].Field += " and " + Count(n-5) + " more"
		}
	}
	return out
}

// Keep writes an account for the hidden field of a form.
func Keep(list []Line) string {
	b, err := json.Marshal(list)
	if err != nil {
		return "" // two strings always have a JSON form
	}
	return string(b)
}

// Kept reads an account that Keep wrote; anything else is an empty one.
func Kept(text string) []Line {
	var list []Line
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}

func names(list []areas.Area) string {
	var out []string
	for _, a := range list {
		out = append(out, a.FullName())
	}
	return strings.Join(out, "; ")
}
