package discord

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"callbox/channels"
	"callbox/channels/crowd"
	"callbox/outages"
	"callbox/templates"
)

// describe writes the description of an embed into room characters, and says whether it could.
func describe(t templates.Text, m channels.Message, room int) (string, bool) {
	sheet := crowd.NewSheet(t, escape)
	write := func(cut int) string {
		lines, missing := sheet.At(cut)
		paragraphs := append(layOut(lines, len(t.Parts) > 1), more(t, m, missing))
		paragraphs = slices.DeleteFunc(paragraphs, func(s string) bool { return s == "" })
		return marked(strings.Join(paragraphs, "\n\n"), m.Mode, t)
	}
	cut, ok := sheet.Fit(m.Page != "", func(cut int) bool { return size(write(cut)) <= room })
	return write(cut), ok
}

// layOut makes a paragraph of each part, of the opening and of the closing. Where a text has several
// parts, each stands under its name; names of which nothing else is left stand together.
func layOut(lines []crowd.Line, several bool) []string {
	var paragraphs, names []string
	for i := 0; i < len(lines); {
		part := lines[i].Part
		var name string
		var said []string
		for ; i < len(lines) && lines[i].Part == part; i++ {
			if lines[i].Name {
				name = lines[i].Text
			} else {
				said = append(said, lines[i].Text)
			}
		}
		switch {
		case len(said) == 0:
			names = append(names, name)
		case name != "" && several:
			paragraphs = append(paragraphs, "**"+name+"**\n"+strings.Join(said, " "))
		default:
			paragraphs = append(paragraphs, strings.Join(said, " "))
		}
	}
	if len(names) > 0 {
		paragraphs = append(paragraphs, "**"+strings.Join(names, ", ")+"**")
	}
	return paragraphs
}

// more is the line with the link, and before it how many lines with numbers it stands for.
func more(t templates.Text, m channels.Message, missing int) string {
	if m.Page == "" {
		return ""
	}
	line := cmp.Or(escape(t.More), "→") + ": " + m.Page
	if missing > 0 {
		line = fmt.Sprintf("(+%d) %s", missing, line)
	}
	return line
}

// marked puts the mode's word first, if it does not stand there. The word is what the text's topic begins
// with; a live text has none.
func marked(s string, mode outages.Mode, t templates.Text) string {
	if mode == outages.Live {
		return s
	}
	word, _, _ := strings.Cut(t.Topic, " ")
	word = escape(strings.TrimRight(word, ":."))
	if strings.HasPrefix(s, word) {
		return s
	}
	return word + ": " + s
}
