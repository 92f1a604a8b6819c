package templates

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Paragraphs returns the text as plain paragraphs, as a mail has them: the opening, one for each part,
// the closing.
func (t Text) Paragraphs() []string {
	var out []string
	for _, clauses := range t.blocks() {
		if s := join(clauses); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (t Text) blocks() [][]Clause {
	blocks := [][]Clause{t.Opening}
	for _, p := range t.Parts {
		blocks = append(blocks, p.Clauses)
	}
	return append(blocks, t.Closing)
}

// Thread splits the text into statuses of at most limit characters, of which a link counts urlLen
// whatever its length (Mastodon: 500 and 23). Every status stands by itself: the title, with the mode's
// word and the place, comes first, then "1/3" when there are several. The link stands in the first one;
// an empty link is left out. Clauses are never dropped; one that is longer than a status is cut between
// words.
func (t Text) Thread(limit, urlLen int, link string) []string {
	p := packer{room: limit - utf8.RuneCountInString(t.Title) - len(" (10/10)") - len("\n\n")}
	if link != "" {
		p.tail = utf8.RuneCountInString(t.More) + len("\n\n: ") + urlLen
	}
	p.open()
	for _, block := range t.blocks() {
		p.add(block)
	}
	out := p.statuses()
	for i, body := range out {
		head := t.Title
		if len(out) > 1 {
			head = fmt.Sprintf("%s (%d/%d)", t.Title, i+1, len(out))
		}
		out[i] = head + "\n\n" + body
		if i == 0 && link != "" {
			out[i] += "\n\n" + t.More + ": " + link
		}
	}
	return out
}

// packer fills statuses with clauses, keeping the clauses of a block together where it can.
type packer struct {
	room   int // of a status without its title
	tail   int // what the first one holds back for the link
	left   int // of the current one
	done   []string
	blocks []string // of the current one
}

// open ends the current status, if there is anything in it, and begins the next.
func (p *packer) open() {
	if len(p.blocks) > 0 {
		p.done = append(p.done, strings.Join(p.blocks, "\n\n"))
	}
	p.blocks, p.left = nil, p.room
	if len(p.done) == 0 {
		p.left -= p.tail
	}
}

func (p *packer) add(block []Clause) {
	whole := join(block)
	if whole == "" {
		return
	}
	if p.fits(whole) {
		p.put(whole)
		return
	}
	if len(p.blocks) > 0 && utf8.RuneCountInString(whole) <= p.room {
		p.open()
		p.put(whole)
		return
	}
	var run []string
	for _, c := range block {
		for _, piece := range cut(c.Text, p.room-p.tail) {
			if next := strings.Join(append(slices.Clip(run), piece), " "); p.fits(next) {
				run = append(run, piece)
				continue
			}
			if len(run) > 0 {
				p.put(strings.Join(run, " "))
			}
			p.open()
			run = []string{piece}
		}
	}
	p.put(strings.Join(run, " "))
}

func (p *packer) fits(s string) bool {
	n := utf8.RuneCountInString(s)
	if len(p.blocks) > 0 {
		n += len("\n\n")
	}
	return n <= p.left
}

func (p *packer) put(s string) {
	if s == "" {
		return
	}
	if len(p.blocks) > 0 {
		p.left -= len("\n\n")
	}
	p.left -= utf8.RuneCountInString(s)
	p.blocks = append(p.blocks, s)
}

func (p *packer) statuses() []string {
	p.open()
	return p.done
}

// cut splits a clause between words into pieces of at most room characters.
func cut(s string, room int) []string {
	if utf8.RuneCountInString(s) <= room || room < 1 {
		return []string{s}
	}
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		next := strings.TrimSpace(line + " " + word)
		if line != "" && utf8.RuneCountInString(next) > room {
			out, next = append(out, line), word
		}
		line = next
	}
	return append(out, line)
}
