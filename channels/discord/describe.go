package discord

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// describe writes the description of an embed into room characters, and says whether it could.
//
// It gives way in this order: clauses of the highest ranks; then, from the last part to the first, the
// clauses with numbers; then all clauses; at last the names. What gave way stands on the page, so nothing
// but clauses of a rank gives way without a link to it.
func describe(t templates.Text, m channels.Message, room int) (string, bool) {
	d := description{Text: t, mark: mark(m.Mode, t), page: m.Page, rank: highest(t)}
	for ; d.rank > templates.Keep; d.rank-- {
		if size(d.write()) <= room {
			return d.write(), true
		}
	}
	steps := 1
	if m.Page != "" {
		steps += 3 * len(t.Parts)
	}
	d.cut = sort.Search(steps, func(cut int) bool {
		shorter := d
		shorter.cut = cut
		return size(shorter.write()) <= room
	})
	return d.write(), d.cut < steps
}

// highest returns the highest rank among a text's clauses.
func highest(t templates.Text) templates.Rank {
	top := templates.Keep
	for _, clauses := range append([][]templates.Clause{t.Opening, t.Closing}, clausesOf(t.Parts)...) {
		for _, c := range clauses {
			top = max(top, c.Rank)
		}
	}
	return top
}

func clausesOf(parts []templates.Part) [][]templates.Clause {
	out := make([][]templates.Clause, len(parts))
	for i, p := range parts {
		out[i] = p.Clauses
	}
	return out
}

// mark returns the mode's word as the text's topic begins with it, and what divides it from the rest; it
// is empty for a live text.
func mark(mode outages.Mode, t templates.Text) string {
	if mode == outages.Live {
		return ""
	}
	word, _, _ := strings.Cut(t.Topic, " ")
	return escape(strings.TrimRight(word, ":.")) + ": "
}

// description is a text on its way to being short enough.
type description struct {
	templates.Text
	mark, page string
	rank       templates.Rank // clauses above it are left out
	cut        int            // how far the parts gave way, from none to all three times
}

// The depths to which a part can give way.
const (
	whole = iota
	withoutNumbers
	nameOnly
	absent
)

// depth tells how far part i gave way: the last one first, all of them to one depth before the next.
func (d description) depth(i int) int {
	n := len(d.Parts)
	depth := d.cut / n
	if i >= n-d.cut%n {
		depth++
	}
	return depth
}

func (d description) write() string {
	paragraphs := []string{d.sentences(d.Opening, nil)}
	var names []string
	for i, p := range d.Parts {
		switch depth := d.depth(i); depth {
		case whole, withoutNumbers:
			var but []templates.Number
			if depth == withoutNumbers {
				but = p.Numbers
			}
			paragraphs = append(paragraphs, d.headed(p.Name, d.sentences(p.Clauses, but)))
		case nameOnly:
			names = append(names, escape(p.Name))
		}
	}
	if len(names) > 0 {
		paragraphs = append(paragraphs, "**"+strings.Join(names, ", ")+"**")
	}
	paragraphs = append(paragraphs, d.sentences(d.Closing, nil), d.more())
	paragraphs = slices.DeleteFunc(paragraphs, func(s string) bool { return s == "" })
	return d.mark + strings.Join(paragraphs, "\n\n")
}

// headed puts an area's name over its sentences where a text has several.
func (d description) headed(name, sentences string) string {
	if len(d.Parts) == 1 {
		return sentences
	}
	return strings.TrimSpace("**" + escape(name) + "**\n" + sentences)
}

// sentences joins the clauses that are not left out, and of those only the ones without these numbers.
func (d description) sentences(clauses []templates.Clause, but []templates.Number) string {
	var kept []string
	for _, c := range clauses {
		holds := slices.ContainsFunc(but, func(n templates.Number) bool { return strings.Contains(c.Text, n.Local) })
		if c.Rank <= d.rank && !holds {
			kept = append(kept, escape(c.Text))
		}
	}
	return strings.Join(kept, " ")
}

// more is the line with the link, and before it how many areas it stands for.
func (d description) more() string {
	if d.page == "" {
		return ""
	}
	line := cmp.Or(escape(d.More), "→") + ": " + d.page
	if n := len(d.Parts); d.cut > 2*n {
		line = fmt.Sprintf("(+%d) %s", d.cut-2*n, line)
	}
	return line
}
