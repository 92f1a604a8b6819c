package feed

import (
	"slices"
	"strings"
	"time"

	"callbox/channels/cap"
)

// entry is a document as the feeds list it.
type entry struct {
	cap.Document
	alert cap.Alert
	url   string   // of the document: the entry's link, guid and id
	codes []string // its SAME codes
}

// in returns the info of a language, or the first: every document has one.
func (e entry) in(language string) cap.Info {
	at := slices.IndexFunc(e.alert.Infos, func(i cap.Info) bool { return strings.HasPrefix(i.Language, language) })
	return e.alert.Infos[max(at, 0)]
}

// places names the areas of an info.
func places(i cap.Info) string {
	var out []string
	for _, a := range i.Areas {
		out = append(out, a.Desc)
	}
	return strings.Join(out, "; ")
}

// touches reports whether the document is for the place of a SAME code: the same county, its whole
// state, or for a state any county in it. The first digit, the part of a county, does not matter.
func (e entry) touches(code string) bool {
	return slices.ContainsFunc(e.codes, func(own string) bool {
		own, code := own[1:], code[1:]
		return own == code || own[:2] == code[:2] && (own[2:] == "000" || code[2:] == "000")
	})
}

// window is how long superseded and expired documents stay in the feeds of everything.
const window = 48 * time.Hour

// current returns what counts now, newest first: of each outage the documents of its newest bulletin
// that have not expired. Where nothing does, it is what was said last, so that readers which act only on
// a feed with entries learn of the end.
func current(entries []entry, now time.Time) []entry {
	newest := map[string]int{}
	for _, e := range entries {
		newest[e.Incident] = max(newest[e.Incident], e.Seq)
	}
	var out, last []entry
	for _, e := range entries {
		if e.Seq == newest[e.Incident] && e.Expires.After(now) {
			out = append(out, e)
		}
	}
	if len(out) > 0 || len(entries) == 0 {
		return out
	}
	said := entries[0]
	for _, e := range entries {
		if e.Incident == said.Incident && e.Seq == said.Seq {
			last = append(last, e)
		}
	}
	return last
}

// recent returns everything within the window, newest first, or what was said last.
func recent(entries []entry, now time.Time) []entry {
	out := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !e.Sent.After(now.Add(-window)) })
	if len(out) == 0 {
		return current(entries, now)
	}
	return out
}

// touching returns the entries for the place of a SAME code.
func touching(entries []entry, code string) []entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !e.touches(code) })
}

// newEntry reads a stored document.
func newEntry(d cap.Document, base string) (entry, error) {
	a, err := cap.Parse(d.XML)
	if err != nil {
		return entry{}, err
	}
	e := entry{Document: d, alert: a, url: base + "/" + d.Identifier + ".xml"}
	for _, area := range e.in("en").Areas {
		for _, g := range area.Geocodes {
			if g.Name == "SAME" && len(g.Value) == 6 {
				e.codes = append(e.codes, g.Value)
			}
		}
	}
	return e, nil
}
