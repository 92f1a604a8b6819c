package pages

import (
	"slices"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
)

// contact is whom to call in one area if 911 does not answer: what a card in a wallet says, on paper or
// in a telephone that has no network.
type contact struct {
	ID      areas.ID `json:"area"`
	Name    string   `json:"name"`
	Title   string   `json:"title,omitempty"` // of what is open there
	Text    string   `json:"text,omitempty"`  // what it says
	Numbers []number `json:"numbers"`
	Ways    []string `json:"ways"`
}

// The phrases for what a number is for, and for the ways that the directory keeps. Which kind of telephone
// works follows from an outage alone.
var (
	needNames = map[areas.Need]string{areas.Police: "need.police", areas.Fire: "need.fire", areas.Medical: "need.medical",
		areas.All: "need.all", areas.Relay: "need.relay"}
	wayNames = map[areas.WayKind]string{areas.TextTo911: "way.text", areas.FireBox: "way.firebox", areas.Station: "way.station",
		areas.CallBack: "way.callback"}
)

// contact gathers what the directory keeps for an area.
func (v view) contact(b *desk.Board, id areas.ID) contact {
	area, _ := b.Book.Area(id)
	c := contact{ID: id, Name: area.FullName(), Numbers: []number{}, Ways: []string{}}
	now := v.pages.Now()
	all := slices.DeleteFunc(slices.Clone(b.Book.Numbers(id)), func(n areas.Number) bool {
		return n.Silent() || n.Temporary && !n.Until.IsZero() && now.After(n.Until)
	})
	current := slices.DeleteFunc(slices.Clone(all), func(n areas.Number) bool { return n.Expired(now) })
	for _, n := range all {
		if n.Expired(now) && n.Covered(current) {
			continue
		}
		label := n.Label
		if label == "" {
			label = v.phrase(needNames[n.For])
		}
		if n.Hours != "" {
			label += " (" + n.Hours + ")"
		}
		c.Numbers = append(c.Numbers, number{Local: n.Tel.Local(), Label: label, Area: area.Name, Link: dial(n.Tel)})
	}
	for _, w := range b.Book.Ways(id) {
		key := wayNames[w.Kind]
		if key == "" {
			continue
		}
		said := v.phrase(key)
		if w.Where != "" {
			said += " (" + w.Where + ")"
		}
		if !slices.Contains(c.Ways, said) {
			c.Ways = append(c.Ways, said)
		}
	}
	if len(c.Numbers) == 0 && !slices.Contains(c.Ways, v.phrase("way.station")) {
		c.Ways = append(c.Ways, v.phrase("way.station"))
	}
	return c
}

// contactNow is the contact while something is open there: then what was said counts, and of the directory
// nothing, since a number in it may have been struck out.
func (v view) contactNow(b *desk.Board, id areas.ID) contact {
	c := v.contact(b, id)
	var titles, texts []string
	for _, n := range v.place(b, id).Notices {
		if !n.Open {
			continue
		}
		if titles == nil {
			c.Numbers, c.Ways = []number{}, []string{}
		}
		titles = append(titles, n.Title)
		for _, part := range n.Parts {
			for _, clause := range part.Clauses {
				texts = append(texts, joined(clause))
			}
			c.Numbers = append(c.Numbers, part.Numbers...)
		}
		texts = append(texts, joined(n.Closing))
	}
	c.Title, c.Text = strings.Join(titles, " · "), strings.Join(texts, " ")
	return c
}

// joined is the sentence that was taken apart into pieces.
func joined(list []piece) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Text)
	}
	return b.String()
}
