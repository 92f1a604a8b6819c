package channeltest

import (
	"fmt"
	"strings"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

// words are the phrases of one language that the kit's texts are made of.
type words struct {
	lang                                  templates.Lang
	drill, test                           string
	down, works, in, and, police, opening string
	call, where, textToo, again           string
	dontTest, next                        string
	more, leave                           string
}

var english = words{
	lang: templates.English, drill: "DRILL", test: "TEST",
	down: "911 outage", works: "911 works again", in: "%s: %s", and: "and", police: "police",
	opening:  "Capitol Region Emergency Communications: since 2:45 PM calls to 911 do not go through.",
	call:     "%s: call %s %s.",
	where:    "Tell them where you are first.",
	textToo:  "You can also text 911.",
	again:    "%s: 911 works again since 3:00 PM. Call 911 in an emergency.",
	dontTest: "Do not call 911 to test it.", next: "Next update by 3:45 PM.",
	more: "Full list of numbers", leave: "Stop these alerts",
}

var spanish = words{
	lang: templates.Spanish, drill: "SIMULACRO", test: "PRUEBA",
	down: "Falla del 911", works: "El 911 funciona otra vez", in: "%s: %s", and: "y", police: "policía",
	opening:  "Capitol Region Emergency Communications: desde las 2:45 PM no entran las llamadas al 911.",
	call:     "%s: llame a %s %s.",
	where:    "Diga primero dónde está.",
	textToo:  "También puede enviar un texto al 911.",
	again:    "%s: el 911 funciona otra vez desde las 3:00 PM. En una emergencia llame al 911.",
	dontTest: "No llame al 911 para probarlo.", next: "Próximo aviso a más tardar a las 3:45 PM.",
	more: "Lista completa de números", leave: "No recibir más avisos",
}

// gsm7 folds the Spanish letters that the GSM 7-bit default alphabet has not.
var gsm7 = strings.NewReplacer("á", "a", "í", "i", "ó", "o", "ú", "u")

// mark returns the word that stands first in a mode, with what divides it from the rest.
func (w words) mark(mode outages.Mode) string {
	switch mode {
	case outages.Drill:
		return w.drill + ": "
	case outages.Test:
		return w.test + ": "
	}
	return ""
}

// text words the sample's bulletin. It is written by hand, so that the kit does not need the templates
// to be right.
func (s Sample) text(w words) templates.Text {
	mark, topic := w.mark(s.Mode), w.down
	if s.Kind.Ends() {
		topic = w.works
	}
	var names []string
	var parts []templates.Part
	for i := range s.Towns {
		names = append(names, town(i).Name)
		parts = append(parts, s.part(w, i))
	}
	place := names[0]
	if n := len(names); n > 1 {
		place = strings.Join(names[:n-1], ", ") + " " + w.and + " " + names[n-1]
	}
	if len(place) > 30 {
		place = "Connecticut"
	}
	t := templates.Text{
		Lang: w.lang, Mark: strings.TrimSuffix(mark, ": "), Topic: mark + topic, Title: mark + fmt.Sprintf(w.in, topic, place), Parts: parts,
		More: w.more, Leave: w.leave,
	}
	if !s.Kind.Ends() {
		t.Opening = []templates.Clause{{Text: w.opening}}
		t.Closing = []templates.Clause{{Text: w.dontTest, Rank: 3}, {Text: w.next}}
	}
	return t
}

func (s Sample) part(w words, i int) templates.Part {
	a, n, mark := town(i), number(i), w.mark(s.Mode)
	local := string(n.Tel[2:5] + "-" + n.Tel[5:8] + "-" + n.Tel[8:])
	p := templates.Part{Areas: []areas.ID{a.ID}, Name: a.Name}
	if s.Kind.Ends() {
		say := fmt.Sprintf(w.again, a.Name)
		p.Clauses = []templates.Clause{{Text: say}}
		p.Brief, p.Headline = mark+say, mark+w.works+": "+a.Name
		p.Short, p.Long = gsm7.Replace(p.Headline), gsm7.Replace(p.Brief)
		return p
	}
	say := fmt.Sprintf(w.call, a.Name, w.police, local)
	p.Clauses = []templates.Clause{{Text: say}, {Text: w.where, Rank: 1}, {Text: w.textToo, Rank: 2}}
	p.Numbers = []templates.Number{{Label: w.police, Local: local, Tel: n.Tel, Area: a.Name}}
	p.Brief = mark + say
	p.Headline = mark + w.down + ": " + a.Name
	p.Short, p.Long = gsm7.Replace(mark+say), gsm7.Replace(p.Brief+" "+w.where+" "+w.textToo)
	return p
}
