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

// numbering is the room kept for " (2/6)".
const numbering = 6

// write makes the statuses of a text and says whether it could. link gives the link of each status.
func write(t templates.Text, l Limits, link func(i int) string) ([]string, bool) {
	w := writer{Text: t, limits: l, link: link, sheet: crowd.NewSheet(t, neutral)}
	cut, ok := w.sheet.Fit(true, func(cut int) bool { return w.bodies(cut) != nil })
	if !ok {
		return nil, false
	}
	bodies := w.bodies(cut)
	statuses := make([]string, len(bodies))
	for i, body := range bodies {
		statuses[i] = w.head(i, len(bodies)) + "\n\n" + body + "\n\n" + w.foot(i, cut)
	}
	return statuses, true
}

// writer is a text on its way into statuses.
type writer struct {
	templates.Text
	limits Limits
	link   func(i int) string
	sheet  crowd.Sheet
}

// head is the first line of a status: the title, and later the topic, with the mode's word first.
func (w *writer) head(i, of int) string {
	line := neutral(w.Topic)
	if title := neutral(w.Title); i == 0 && count(title) <= w.limits.Chars/3 {
		line = title
	}
	if of > 1 {
		line += fmt.Sprintf(" (%d/%d)", i+1, of)
	}
	return line
}

// foot is the last line of a status: the link, and before it how many lines with numbers it stands for.
func (w *writer) foot(i, cut int) string {
	line := cmp.Or(neutral(w.More), "→") + ": " + w.link(i)
	if _, missing := w.sheet.At(cut); missing > 0 {
		line = fmt.Sprintf("(+%d) %s", missing, line)
	}
	return line
}

// room is how many characters the body of status i may have beside its head and foot.
func (w *writer) room(i, cut int) int {
	used := count(w.head(i, 1)) + numbering + count(w.foot(i, cut)) + len("\n\n\n\n")
	if link := count(w.link(i)); w.limits.URL > 0 {
		used += w.limits.URL - link
	}
	return w.limits.Chars - used
}

// bodies fills the bodies of a thread with what stands at a cut; nil when they would be too many.
func (w *writer) bodies(cut int) []string {
	var bodies []string
	body, in := "", -1 // the body being filled and the part it is in
	for _, p := range w.pieces(cut) {
		for rest := p.text; rest != ""; {
			i := len(bodies)
			if i == MaxThread {
				return nil
			}
			piece := rest
			if body == "" {
				piece = p.placed(rest)
			}
			gap := ""
			if body != "" {
				gap = "\n\n"
				if in == p.part {
					gap = " "
				}
			}
			room := w.room(i, cut) - count(body) - count(gap)
			if count(piece) <= room {
				body, in, rest = body+gap+piece, p.part, ""
				continue
			}
			if body == "" { // longer than a status by itself
				var begun string
				if begun, rest = broken(piece, room); begun == "" {
					return nil
				}
				body = begun
			}
			bodies, body = append(bodies, body), ""
		}
	}
	if body != "" {
		bodies = append(bodies, body)
	}
	if len(bodies) > MaxThread {
		return nil
	}
	return bodies
}

// piece is a sentence of a status.
type piece struct {
	text, place string // the place is the name of its part, where it has one
	part        int
}

// placed returns what a status that begins with rest, the end of a piece, begins with: its place, so that
// a status can be read by itself.
func (p piece) placed(rest string) string {
	if p.place == "" || strings.Contains(rest, p.place) {
		return rest
	}
	return p.place + ": " + rest
}

// pieces joins the lines that stand at a cut to what reads on. Where a text has several parts, each begins
// with its name; names of which nothing else is left stand together.
func (w *writer) pieces(cut int) []piece {
	lines, _ := w.sheet.At(cut)
	var pieces []piece
	var names []string
	name := ""
	for i, l := range lines {
		last := i+1 == len(lines) || lines[i+1].Part != l.Part
		switch {
		case l.Name && last:
			names = append(names, l.Text)
		case l.Name:
			name = l.Text
		default:
			p := piece{text: l.Text, part: l.Part}
			if l.Part >= 0 && l.Part < len(w.Parts) {
				p.place = name
			}
			if first := i == 0 || lines[i-1].Part != l.Part || lines[i-1].Name; first && len(w.Parts) > 1 {
				p.text = p.placed(p.text)
			}
			pieces = append(pieces, p)
		}
	}
	if len(names) > 0 {
		pieces = append(pieces, piece{text: strings.Join(names, ", "), part: len(w.Parts) + 1})
	}
	return pieces
}

// broken cuts a text at the last space before room; the first half is empty when there is none.
func broken(s string, room int) (begun, rest string) {
	at := -1
	n := 0
	for i, r := range s {
		if n > room-1 {
			break
		}
		if r == ' ' {
			at = i
		}
		n++
	}
	if at <= 0 {
		return "", s
	}
	return s[:at], s[at+1:]
}

// count counts as the stricter of two readings of "character" does: Mastodon counts grapheme clusters,
// others code points, of which there are never fewer.
func count(s string) int { return utf8.RuneCountInString(s) }
