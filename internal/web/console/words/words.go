// Package words shows officials what each channel would send, one channel, language and group of readers at a
// time. Every string is read from the bytes that the channel transmits.
package words

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/proofs"
	"callbox/internal/web/console/frame"
	"callbox/templates"
)

// Phone stands among the channels for the federal template of phone alerts, which an operator hands over.
const Phone channels.Name = "phone"

// View is what {{template "words" .}} shows.
type View struct {
	Channels, Langs []Tab
	Readers         []Tab // areas, or outlets of a channel that speaks to crowds
	Channel         channels.Name
	Lang            templates.Lang
	Title           string // "Push for Westport"
	Proofs          []proofs.Proof
	Differ          []Tab // other readers whose text is not the same
}

// Tab leads to another choice.
type Tab struct {
	ID, Name, Path string
	Here           bool
}

// order is how channels stand beside each other.
var order = []channels.Name{channels.Push, channels.Email, channels.Discord, channels.Mastodon, channels.CAP, Phone}

// Channel names a channel to officials.
func Channel(n channels.Name) string {
	name := map[channels.Name]string{channels.Push: "Push", channels.Email: "E-mail", channels.Discord: "Discord",
		channels.Mastodon: "Mastodon", channels.CAP: "Feed (CAP)", Phone: "Phone alert"}[n]
	return cmp.Or(name, string(n))
}

// Of shows the choice that the address makes ("channel", "lang" and "for"), of what a draft would send.
func Of(c *frame.Call, d desk.Draft, list []proofs.Proof) View {
	list = append(slices.Clone(list), federal(c, d)...)
	q := c.URL.Query()
	v := View{Channel: channels.Name(q.Get("channel")), Lang: templates.Lang(q.Get("lang"))}
	has := func(f func(proofs.Proof) bool) bool { return slices.ContainsFunc(list, f) }
	if !has(func(p proofs.Proof) bool { return p.Channel == v.Channel }) {
		v.Channel = first(list)
	}
	of := keep(list, func(p proofs.Proof) bool { return p.Channel == v.Channel })
	if !slices.ContainsFunc(of, func(p proofs.Proof) bool { return p.Lang == v.Lang }) && len(of) > 0 {
		v.Lang = of[0].Lang
	}
	of = keep(of, func(p proofs.Proof) bool { return p.Lang == v.Lang })
	reader := q.Get("for")
	if !slices.ContainsFunc(of, func(p proofs.Proof) bool { return who(p) == reader }) && len(of) > 0 {
		reader = who(of[0])
	}
	path := func(ch channels.Name, lang templates.Lang, reader string) string {
		return "?" + url.Values{"channel": {string(ch)}, "lang": {string(lang)}, "for": {reader}}.Encode() + "#words"
	}
	for _, ch := range order {
		if has(func(p proofs.Proof) bool { return p.Channel == ch }) {
			v.Channels = append(v.Channels, Tab{string(ch), Channel(ch), path(ch, v.Lang, reader), ch == v.Channel})
		}
	}
	for _, p := range list {
		if p.Channel == v.Channel && !slices.ContainsFunc(v.Langs, func(t Tab) bool { return t.ID == string(p.Lang) }) {
			v.Langs = append(v.Langs, Tab{string(p.Lang), Language(p.Lang), path(v.Channel, p.Lang, reader), p.Lang == v.Lang})
		}
	}
	v.read(of, reader, func(r string) string { return path(v.Channel, v.Lang, r) })
	return v
}

// read takes the proofs of the chosen readers, and finds those who would read something else.
func (v *View) read(of []proofs.Proof, reader string, path func(string) string) {
	text := map[string]string{}
	for _, p := range of {
		r := who(p)
		if _, known := text[r]; !known {
			v.Readers = append(v.Readers, Tab{r, p.Place, path(r), r == reader})
		}
		text[r] += p.Field + "\x00" + strings.ReplaceAll(p.Text, p.Place, "") + "\x00"
		if r == reader {
			v.Proofs, v.Title = append(v.Proofs, p), Channel(v.Channel)+" for "+p.Place
		}
	}
	for _, t := range v.Readers {
		if text[t.ID] != text[reader] {
			v.Differ = append(v.Differ, t)
		}
	}
}

// first returns the first channel that has something to show.
func first(list []proofs.Proof) channels.Name {
	for _, ch := range order {
		if slices.ContainsFunc(list, func(p proofs.Proof) bool { return p.Channel == ch }) {
			return ch
		}
	}
	return ""
}

// who names the readers of a proof in an address.
func who(p proofs.Proof) string {
	if len(p.Areas) == 0 {
		return p.Place
	}
	var ids []string
	for _, id := range p.Areas {
		ids = append(ids, string(id))
	}
	return strings.Join(ids, " ")
}

func keep(list []proofs.Proof, f func(proofs.Proof) bool) []proofs.Proof {
	return slices.DeleteFunc(slices.Clone(list), func(p proofs.Proof) bool { return !f(p) })
}

// federal are the phone alerts of a draft, as proofs.
func federal(c *frame.Call, d desk.Draft) []proofs.Proof {
	texts, _ := c.Desk.Federal(d) // where nothing fits, a finding of the preview says so
	var out []proofs.Proof
	for _, t := range texts {
		out = append(out, proofs.Proof{Place: t.Place, Channel: Phone, Lang: t.Lang, Field: "federal template", Text: t.Text,
			Length: t.Length, Limit: templates.FederalMax, Unit: "characters"})
	}
	return out
}

// Language names a language to officials.
func Language(l templates.Lang) string {
	return cmp.Or(map[templates.Lang]string{templates.English: "English", templates.Spanish: "Spanish"}[l], string(l))
}
