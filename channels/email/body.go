package email

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"

	"callbox/channels"
	"callbox/templates"
)

//go:embed body.txt.tmpl
var plainSource string

//go:embed body.html.tmpl
var htmlSource string

var (
	plainTemplate = texttemplate.Must(texttemplate.New("plain").Parse(plainSource))
	htmlTemplate  = htmltemplate.Must(htmltemplate.New("html").Parse(htmlSource))
)

// The marks stand where each reader's own link to stop goes. They survive quoted-printable unbroken:
// no character of theirs is encoded, and the templates put them near the start of a line.
const (
	plainMark = "callbox-mark-leave-plain"
	htmlMark  = "callbox-mark-leave-html"
)

// section is a text in one language, laid out for the templates.
type section struct {
	Lang, Title, Opening, Closing string
	Parts                         []part
	More, Page                    string
	Leave, PlainMark, HTMLMark    string
}

type part struct {
	Name    string // empty where the title says it
	Clauses []clause
}

// clause is one sentence: as it stands, and with its telephone numbers as links.
type clause struct {
	Plain string
	HTML  htmltemplate.HTML
}

// bodies lays out all texts of a message, best language first, as plain text and as HTML.
func bodies(m channels.Message) (plain, rich []byte, err error) {
	sections := make([]section, len(m.Texts))
	for i, t := range m.Texts {
		sections[i] = layOut(t, m)
	}
	var p, h bytes.Buffer
	if err := plainTemplate.Execute(&p, sections); err != nil {
		return nil, nil, fmt.Errorf("laying out the plain text: %w", err)
	}
	if err := htmlTemplate.Execute(&h, sections); err != nil {
		return nil, nil, fmt.Errorf("laying out the HTML: %w", err)
	}
	return p.Bytes(), h.Bytes(), nil
}

func layOut(t templates.Text, m channels.Message) section {
	s := section{
		Lang:    string(t.Lang),
		Title:   t.Title,
		Opening: paragraph(t.Opening),
		Closing: paragraph(t.Closing),
		More:    t.More,
		Page:    m.Page,
	}
	if m.Leave != "" {
		s.Leave, s.PlainMark, s.HTMLMark = t.Leave, plainMark, htmlMark
	}
	for _, p := range t.Parts {
		laid := part{Name: p.Name}
		if len(t.Parts) == 1 && strings.Contains(t.Title, p.Name) {
			laid.Name = ""
		}
		link := linker(p.Numbers)
		for _, c := range p.Clauses {
			laid.Clauses = append(laid.Clauses, clause{c.Text, htmltemplate.HTML(link.Replace(html.EscapeString(c.Text)))})
		}
		s.Parts = append(s.Parts, laid)
	}
	return s
}

func paragraph(clauses []templates.Clause) string {
	sentences := make([]string, len(clauses))
	for i, c := range clauses {
		sentences[i] = c.Text
	}
	return strings.Join(sentences, " ")
}

// linker turns the numbers of a part, as its clauses print them, into links that dial (RFC 3966).
func linker(numbers []templates.Number) *strings.Replacer {
	var pairs []string
	for _, n := range numbers {
		if n.Local == "" {
			continue
		}
		shown := html.EscapeString(n.Local)
		pairs = append(pairs, shown, `<a href="tel:`+html.EscapeString(string(n.Tel))+`">`+shown+`</a>`)
	}
	return strings.NewReplacer(pairs...)
}
