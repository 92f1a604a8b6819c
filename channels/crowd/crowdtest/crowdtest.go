// Package crowdtest makes texts for the property tests of the channels that post to crowds.
package crowdtest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

// Hostile are words that somebody may type into a fact and that must not do what they mean elsewhere.
var Hostile = []string{
	"@everyone", "@here", "@@everyone", "@alice@example.org", "＠bob", "mail carol@example.org",
	"<@123456789012345678>", "<@&123456789012345678>", "<#123456789012345678>", "<:smile:1>", "<t:1>", "</x:1>",
	"#911down", "＃911caida", "#_x", "Engine #4", "a#b",
	"[call here](https://example.org/x)", "https://example.org/y", "http://example.net", "HTTPS://EXAMPLE.COM",
	"**bold** __under__ *it* _it_ ~~gone~~ `code` ```block``` ||hidden||",
	"> quote", ">>> quote", "# heading", "-# small", "- item", "1. item", "* item",
	"\u200bzero\u200bwidth", "\u202eturned\u202c", "\u2066isolated\u2069", "\ufeffmark", "soft\u00adhyphen", "a\x00b\x1b[31m",
	"line\nbreak\r\nand\ttab", "\u2028\u2029", "bad\xff\xfeutf8", "\\@everyone \\\\", "👩‍👩‍👧 emoji",
}

// Texts draws texts as templates make them for a crowd: the mode's word first where it must stand, plain
// or hostile words, and numbers in clauses of their own or among others.
func Texts(mode outages.Mode) *rapid.Generator[templates.Text] {
	return rapid.Custom(func(t *rapid.T) templates.Text {
		mark := ""
		if mode != outages.Live {
			mark = rapid.SampledFrom([]string{"DRILL ", "SIMULACRO: "}).Draw(t, "mark")
		}
		text := templates.Text{
			Lang:    templates.Lang(rapid.SampledFrom([]string{"en", "es", "pt", "zh"}).Draw(t, "lang")),
			Topic:   mark + "911 outage",
			Opening: clauses(t, "opening", rapid.IntRange(0, 2).Draw(t, "openings")),
			Closing: clauses(t, "closing", rapid.IntRange(0, 2).Draw(t, "closings")),
			More:    rapid.SampledFrom([]string{"Full list of numbers", ""}).Draw(t, "more"),
		}
		text.Title = text.Topic + ": " + words(t, "place", 1, 12)
		for i := range rapid.IntRange(1, 25).Draw(t, "parts") {
			text.Parts = append(text.Parts, part(t, mark, i))
		}
		return text
	})
}

func part(t *rapid.T, mark string, i int) templates.Part {
	p := templates.Part{Name: words(t, "name", 1, 3), Clauses: clauses(t, "clause", rapid.IntRange(0, 2).Draw(t, "clauses"))}
	for j := range rapid.IntRange(0, 3).Draw(t, "numbers") {
		n := templates.Number{Label: "police", Area: p.Name, Local: fmt.Sprintf("%03d-555-%04d", 200+i, 100+j)}
		n.Tel = areas.Tel("+1" + strings.ReplaceAll(n.Local, "-", ""))
		p.Numbers = append(p.Numbers, n)
		p.Clauses = append(p.Clauses, templates.Clause{Text: "Call " + n.Local + "."})
	}
	p.Brief = mark + p.Name
	return p
}

func clauses(t *rapid.T, label string, n int) []templates.Clause {
	var out []templates.Clause
	for range n {
		out = append(out, templates.Clause{
			Text: words(t, label, 1, 15), Rank: templates.Rank(rapid.IntRange(0, 4).Draw(t, "rank")),
		})
	}
	return out
}

// words draws a few words, now and then a hostile one.
func words(t *rapid.T, label string, least, most int) string {
	plain := []string{"calls", "to", "911", "do", "not", "connect", "since", "2:45", "PM", "Hartford,", "Windsor", "población", "año"}
	all := slices.Concat(plain, plain, plain, plain, Hostile)
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(all), least, most).Draw(t, label), " ")
}
