package pages

import (
	"net/http"

	"callbox/internal/desk"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// tests is the page on tests and drills: those that are planned, and the tests that were sent.
type tests struct {
	Planned []string // times, the next first
	Drills  []string // planned ones in sentences, the next first
	Lines   []line   // newest first
}

// maxTests is how many tests are listed.
const maxTests = 24

func (p *Pages) tests(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	v := p.view(r, "tests.title", nil)
	p.answerFrom(e, w, r, "tests "+v.Lang, func() (*answer.Answer, error) {
		var body tests
		zone := v.fill(e, "")
		for _, at := range p.Tests {
			if at.After(p.Now()) {
				body.Planned = append(body.Planned, p.phrases[v.Lang].dated(at, zone))
			}
		}
		drills, err := p.Desk.AnnouncedDrills(r.Context())
		if err != nil {
			return nil, err
		}
		for _, d := range drills {
			said, err := p.announced(v.Lang, d)
			if err != nil {
				return nil, err
			}
			body.Drills = append(body.Drills, said)
		}
		years, err := p.Desk.Years(r.Context(), outages.Test)
		if err != nil {
			return nil, err
		}
		for _, y := range years {
			for _, id := range y.Outages[:min(len(y.Outages), maxTests-len(body.Lines))] {
				o, err := p.Desk.Headline(r.Context(), id)
				if err != nil {
					return nil, err
				}
				body.Lines = append(body.Lines, v.line(o))
			}
		}
		v.Body = body
		return p.render("tests", http.StatusOK, cacheBriefly, v)
	})
}

// announced tells of a planned drill in one sentence, by the clock of those who hold it.
func (p *Pages) announced(lang string, d desk.Announced) (string, error) {
	words, zone := p.phrases[lang], zoneOf(d.Zone)
	return words.say("tests.drill_planned", "agency", d.Agency, "begins", words.dated(d.Begins, zone), "ends", words.clock(d.Ends, d.Begins, zone))
}
