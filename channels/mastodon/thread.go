package mastodon

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"callbox/channels/crowd"
	"callbox/templates"
)

// MaxThread is how many statuses the thread of one language has at most. A crowd reads the first and
// follows its link; hundreds of posts would only push each other away.
const MaxThread = 6

// numbering is the room of " (2/6)".
const numbering = 6

// write makes the statuses of a text and says whether it could. link gives the link of each status; all
// are of one length.
func write(t templates.Text, l Limits, link func(i int) string) ([]string, bool) {
	w := writer{
		parts: len(t.Parts), limits: l, sheet: crowd.NewSheet(t, neutral),
		title: neutral(t.Title), topic: neutral(t.Topic), more: cmp.Or(neutral(t.More), "→") + ": ",
	}
	if count(w.title) > l.Chars/3 {
		w.title = w.topic
	}
	if w.linked = l.URL; l.URL == 0 {
		w.linked = count(link(0))
	}
	cut, ok := w.sheet.Fit(true, func(cut int) bool { return w.bodies(cut) != nil })
	if !ok {
		return nil, false
	}
	statuses := w.bodies(cut)
	for i, body := range statuses {
		head := w.head(i)
		if len(statuses) > 1 {
			head += fmt.Sprintf(" (%d/%d)", i+1, len(statuses))
		}
		statuses[i] = strings.TrimSpace(head+"\n\n"+body) + "\n\n" + w.foot(cut) + link(i)
	}
	return statuses, true
}

// writer is a text on its way into statuses.
type writer struct {
	title, topic, more string
	parts              int
	limits             Limits
	linked             int // what a link counts
	sheet              crowd.Sheet
}

// head begins a status: the title, and later the topic, with the mode's word first.
func (w *writer) head(i int) string {
	if i == 0 {
		return w.title
	}
	return w.topic
}

// foot introduces the link at the end, and says how many lines with numbers it stands for.
func (w *writer) foot(cut int) string {
	if _, missing := w.sheet.At(cut); missing > 0 {
		return fmt.Sprintf("(+%d) %s", missing, w.more)
	}
	return w.more
}

// bodies are what stands between heads and feet at a cut; nil when they would be too many.
func (w *writer) bodies(cut int) []string {
	blocks := w.blocks(cut)
	beside := len("\n\n\n\n") + count(w.foot(cut)) + w.linked
	for _, numbers := range []int{0, numbering} {
		f := filler{room: func(i int) int { return w.limits.Chars - beside - numbers - count(w.head(i)) }}
		for _, b := range blocks {
			f.block(b)
		}
		f.next()
		if len(blocks) == 0 {
			f.bodies = []string{""} // the head and the link say it all
		}
		if !f.failed && (len(f.bodies) == 1 || numbers > 0) {
			return f.bodies
		}
	}
	return nil
}

// block is what is said of one place, or in the opening or closing.
type block struct {
	place     string // empty where there is none, or only one
	sentences []string
}

// blocks joins the lines that stand at a cut to what belongs together. Names of which nothing else is left
// stand together at the end.
func (w *writer) blocks(cut int) []block {
	lines, _ := w.sheet.At(cut)
	var blocks []block
	var names []string
	for i := 0; i < len(lines); {
		var b block
		for part := lines[i].Part; i < len(lines) && lines[i].Part == part; i++ {
			if lines[i].Name {
				b.place = lines[i].Text
			} else {
				b.sentences = append(b.sentences, lines[i].Text)
			}
		}
		switch {
		case len(b.sentences) == 0:
			names = append(names, b.place)
			continue
		case w.parts == 1:
			b.place = ""
		}
		blocks = append(blocks, b)
	}
	if len(names) > 0 {
		blocks = append(blocks, block{sentences: []string{strings.Join(names, ", ")}})
	}
	return blocks
}

// placed returns what is said with its place, so that it can be read by itself.
func (b block) placed(said string) string {
	if b.place == "" || strings.Contains(said, b.place) {
		return said
	}
	return b.place + ": " + said
}

// filler fills one body after the other.
type filler struct {
	room   func(i int) int // of body i, in characters
	bodies []string
	body   string // being filled
	failed bool   // there was no room
}

// block adds what belongs together, in one body if one can hold it.
func (f *filler) block(b block) {
	whole := b.placed(strings.Join(b.sentences, " "))
	if f.add("\n\n", whole) {
		return
	}
	if f.body != "" && count(whole) <= f.room(len(f.bodies)+1) {
		f.next()
		f.add("", whole)
		return
	}
	gap, begun := "\n\n", false
	for _, s := range b.sentences {
		if !begun {
			s = b.placed(s)
		}
		if !f.add(gap, s) {
			f.next()
			f.long(b, s)
		}
		gap, begun = " ", true
	}
}

// long adds a sentence to a new body, and what of it has no room there to the next ones.
func (f *filler) long(b block, s string) {
	for s = b.placed(s); !f.add("", s) && !f.failed; s = b.placed(s) {
		var begun string
		if begun, s = broken(s, f.room(len(f.bodies))); begun == "" || !f.add("", begun) {
			f.failed = true
		}
		f.next()
	}
}

// add adds a text where it has room; gap divides it from what is there.
func (f *filler) add(gap, text string) bool {
	if f.body == "" {
		gap = ""
	}
	if count(f.body)+count(gap)+count(text) > f.room(len(f.bodies)) {
		return false
	}
	f.body += gap + text
	return true
}

// next begins a new body.
func (f *filler) next() {
	if f.body == "" {
		return
	}
	f.bodies, f.body = append(f.bodies, f.body), ""
	f.failed = f.failed || len(f.bodies) > MaxThread
}

// broken cuts a text at the last space within room; the first half is empty when there is none.
func broken(s string, room int) (begun, rest string) {
	at, n := 0, 0
	for i, r := range s {
		if n > room {
			break
		}
		if r == ' ' {
			at = i
		}
		n++
	}
	if at == 0 {
		return "", s
	}
	return s[:at], s[at+1:]
}

// count counts as the stricter of two readings of "character" does: Mastodon counts grapheme clusters,
// others code points, of which there are never fewer.
func count(s string) int { return utf8.RuneCountInString(s) }
